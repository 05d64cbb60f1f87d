// Hides keys that nobody told us of: people name files like the key inside, or paste one where a name belongs.
// Keys of LangSmith and of this proxy are known by how they begin; others are not.

/** LangSmith's also in capitals, as a name that was made for the environment has it. */
const ANY_KEY = /((?:lsv2|LSV2)_(?:pt|sk|PT|SK)_|ls__|lsp_[A-Za-z0-9-]+_)[A-Za-z0-9_-]+/g

/** The text with stars for what follows the public prefix of each key in it; its length stays. */
export function hideKeys (text: string): string {
  return text.replace(ANY_KEY, (key: string, prefix: string) => prefix + '*'.repeat(key.length - prefix.length))
}
