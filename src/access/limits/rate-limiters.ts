// The door to the library that counts; a bundle of its own, loaded where limits.requests is set.

export { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible'
