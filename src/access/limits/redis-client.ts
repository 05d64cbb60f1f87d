// The door to the client of Redis; a bundle of its own, loaded where limits.redis is set.

export { createClient } from '@redis/client'
