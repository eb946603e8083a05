import { describe, expect, it } from 'vitest';
import { duration, htmlReport, inert, type HtmlReport } from '../../src/engine/reporthtml.js';
import type { ReportRow } from '../../src/engine/report.js';

const EVIL = '<img src=x onerror=alert(1)>"\'&\u001b[31m\u202egnp';

function report(changes: Partial<HtmlReport> = {}, rows: ReportRow[] = []): HtmlReport {
  async function* items(): AsyncIterable<ReportRow> {
    yield* rows;
  }
  return {
    from: { name: EVIL, title: 'Axigen' },
    to: { name: 'new', title: 'MDaemon' },
    startedAt: Date.UTC(2024, 0, 2, 3, 4, 5),
    endedAt: Date.UTC(2024, 0, 2, 3, 6, 10),
    run: '20240102-030405-abcdef',
    plan: {
      from: EVIL,
      to: 'new',
      source: 1500,
      target: 3,
      create: 1499,
      update: 0,
      unchanged: 0,
      skip: 0,
      delete: 0,
      failed: 1,
      groups: { create: 2, update: 0, unchanged: 0, rule: 'groups stay groups' },
      books: { create: ['Aside'], mapping: [{ from: EVIL, to: 'Aside' }] },
      losses: [
        { field: 'phones', kind: 'dropped', contacts: 7, examples: [{ contact: EVIL, value: EVIL, becomes: EVIL }] },
      ],
      overflow: 'into leftovers.vcf beside the report',
    },
    totals: { created: 1499, failed: 1 },
    stopped: undefined,
    verified: { contacts: 1499, equal: 1499, differences: [] },
    timings: [
      { phase: 'read-source', ms: 1000 },
      { phase: 'apply', ms: 119_000 },
    ],
    ...changes,
    rows: items(),
  };
}

async function html(changes?: Partial<HtmlReport>, rows?: ReportRow[]): Promise<string> {
  let text = '';
  for await (const piece of htmlReport(report(changes, rows))) text += piece;
  return text;
}

const failed: ReportRow = {
  kind: 'contact',
  status: 'failed',
  code: 'refused',
  name: EVIL,
  message: EVIL,
  remedy: EVIL,
};

describe('report.html', () => {
  it('lets nothing of a name, a value or an answer become markup, and loads nothing', async () => {
    const differences = [{ id: EVIL, name: EVIL, field: EVIL, expected: EVIL, found: EVIL }];
    const text = await html({ verified: { contacts: 1, equal: 0, differences }, stopped: EVIL, run: EVIL }, [failed]);
    expect(text).not.toContain('<img');
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);
    expect(text).toContain("default-src 'none'");
    expect(text).not.toMatch(/<script|<link|<img|<iframe|https?:|url\(|@import/);
    const opened = [...text.matchAll(/<([a-z1-6]+)[ >]/g)].map(([, tag]) => tag);
    expect([...new Set(opened)].filter((tag) => !['html', 'meta'].includes(tag ?? '')).sort()).toEqual(
      'bdi body caption code dd div dl dt h1 h2 head li main p span strong style table tbody td th thead time title tr ul'.split(
        ' ',
      ),
    );
    for (const tag of new Set(opened)) {
      if (tag === 'meta') continue;
      expect(text.split(`</${tag ?? ''}>`).length, tag).toBe(opened.filter((one) => one === tag).length + 1);
    }
  });

  it('says the verdict first, with the numbers, and how to take it back', async () => {
    expect(await html({ totals: { created: 1499 } })).toMatch(
      /<h1>.*\n<p class="verdict good"><strong>All done.<\/strong> Verified: 1,499 of 1,499 .*cardferry undo 20240102-030405-abcdef/,
    );
    expect(await html({}, [failed])).toContain('<p class="verdict bad"><strong>Not all done:</strong> 1 failed.');
    expect(await html({ totals: { created: 1 }, verified: undefined })).toContain('Written; not verified.');
  });

  it('names what failed with its remedy, up to a thousand, and counts the rest', async () => {
    const rows = Array.from({ length: 1003 }, (_, index) => ({ ...failed, name: `nr ${index}.`, remedy: 'call them' }));
    const text = await html({}, [{ kind: 'contact', status: 'created', name: 'fine' }, ...rows]);
    expect(text.split('call them').length - 1).toBe(1000);
    expect(text).toContain('… and 3 more, in report.json.');
    expect(text).not.toContain('fine');
  });

  it('shows bars that a screen reader passes over, beside the numbers', async () => {
    const text = await html();
    expect(text).toContain('<td class="n">1,499</td><td><span class="bar good" aria-hidden="true">');
    expect(text).toContain('<td class="n">1 min 59 s</td>');
    expect(text).toContain('<th scope="row">phone numbers</th><td class="fate">left out</td><td class="n">7</td>');
  });

  it('writes durations as people say them', () => {
    expect([400, 59_000, 61_000, 3_725_000].map(duration)).toEqual(['0.4 s', '59 s', '1 min 1 s', '1 h 2 min']);
    expect(inert('a<b>&"\'')).toBe('a&lt;b&gt;&amp;&quot;&#39;');
  });
});
