import t from 'tap'
import { budgetOf, publishedRate } from '../../src/pacing/budget-of.ts'

t.test('a request is counted against the budget that LangSmith documents for it', async (t) => {
  const cases = {
    'POST /runs/multipart': 'multipart', 'POST /api/v1/runs/batch': 'batch', 'POST /otel/v1/traces': 'otel', 'POST /api/v2/runs/query': 'query', 'POST /runs/stats': 'stats',
    'POST /runs': 'runs', 'PATCH /runs/1': 'runs', 'GET /runs/1': 'run', 'GET /runs': 'other', 'GET /runs/1/share': 'other', 'DELETE /sessions/1': 'sessionDeletion', 'GET /sessions': 'other',
    'GET /repos/a/b': 'repos', 'POST /commits/a/b': 'commits', 'GET /examples': 'examples', 'POST /feedback': 'feedback', 'GET /info': 'info', 'GET /constructor': 'other', 'POST /runs/constructor': 'runs', 'GET /': 'other'
  }
  for (const [request, budget] of Object.entries(cases)) {
    const [method = '', path = ''] = request.split(' ')
    t.equal(budgetOf(method, path), budget, request)
  }
})

t.test('a region may have a budget of its own, and a self-hosted LangSmith has none that is known', async (t) => {
  t.same(publishedRate('stats', 'us'), { count: 1, seconds: 10 })
  t.same(publishedRate('stats', 'eu'), { count: 20, seconds: 10 })
  t.same(publishedRate('commits', 'eu'), { count: 2000, seconds: 60 })
  t.equal(publishedRate('stats', undefined), undefined)
})
