import { clfTime, gatewayId, traceId } from '../../../../local/gateway/event-values';

describe("the gateway's ids", () => {
  it('have the shape of the platform and never repeat', () => {
    const ids = Array.from({ length: 10_000 }, gatewayId);
    expect(ids.filter((id) => !/^[A-Za-z0-9+/]{15}=$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('trace ids', () => {
  it('have the shape of X-Ray and never repeat', () => {
    const ids = Array.from({ length: 10_000 }, traceId);
    expect(ids.filter((id) => !/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('request times', () => {
  it('are in the Common Log Format, in UTC', () => {
    expect(clfTime(Date.UTC(2026, 10, 4, 3, 2, 1, 999))).toBe('04/Nov/2026:03:02:01 +0000');
  });
});
