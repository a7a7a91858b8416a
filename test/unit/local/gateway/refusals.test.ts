import { createRefusals, type Refusal } from '../../../../local/gateway/refusals';

it('the first refusal is reported at once, then one report every ten seconds counts them', () => {
  let now = 1_000;
  const reports: Refusal[] = [];
  const refusals = createRefusals(
    (refusal) => reports.push(refusal),
    () => now,
  );
  for (let count = 0; count < 500; count += 1)
    refusals.add('too_many_connections', { sourceIp: `192.0.2.${count % 9}` });
  expect(reports).toEqual([{ reason: 'too_many_connections', count: 1, sourceIp: '192.0.2.0' }]);
  now += 9_999;
  refusals.flush();
  expect(reports).toHaveLength(1);
  now += 1;
  refusals.flush();
  expect(reports.slice(1)).toEqual([{ reason: 'too_many_connections', count: 499, sourceIp: '192.0.2.4' }]);
  now += 60_000;
  refusals.flush();
  expect(reports).toHaveLength(2);
});

it('each reason is reported at its own pace', () => {
  const reports: Refusal[] = [];
  const refusals = createRefusals(
    (refusal) => reports.push(refusal),
    () => 0,
  );
  refusals.add('too_many_connections');
  refusals.add('foreign_page', { origin: 'https://evil.example', host: 'localhost' });
  expect(reports.map(({ reason }) => reason)).toEqual(['too_many_connections', 'foreign_page']);
});
