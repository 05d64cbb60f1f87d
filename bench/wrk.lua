-- One request, again and again, as the environment says it; the result as JSON in the last line. wrk counts
-- statuses from 400 on by itself; looking at each costs time, so that is done only if another one is wanted.
-- Page: https://github.com/wg/wrk/blob/master/SCRIPTING

local wanted = tonumber(os.getenv('BENCH_STATUS') or '')

wrk.method = os.getenv('BENCH_METHOD')
wrk.headers['X-API-Key'] = os.getenv('BENCH_KEY')
wrk.headers['Content-Type'] = os.getenv('BENCH_TYPE')
local body = os.getenv('BENCH_BODY')
if body then
  local file = assert(io.open(body, 'rb'))
  wrk.body = file:read('*a')
  file:close()
end

local threads = {}
unexpected = 0 -- of this thread; done() runs in a state of its own

function setup (thread)
  table.insert(threads, thread)
end

if wanted then
  function response (status)
    if status ~= wanted then unexpected = unexpected + 1 end
  end
end

function done (summary, latency)
  local errors = summary.errors
  local surprises = 0
  for _, thread in ipairs(threads) do surprises = surprises + thread:get('unexpected') end
  if not wanted then surprises = errors.status end
  print(string.format(
    '{"requests":%d,"micros":%d,"bytes":%d,"surprises":%d,"broken":%d,"p50":%d,"p99":%d}',
    summary.requests, summary.duration, summary.bytes, surprises,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)
  ))
end
