import { withClient } from '../../../console/spec';

const description = {
  paths: {
    '/clients/{client_id}': {
      parameters: [
        { name: 'client_id', in: 'path' },
        { name: 'limit', in: 'query' },
      ],
    },
  },
  components: {
    schemas: {
      Client: {
        properties: { client_id: { type: 'string' } },
        examples: [{ client_id: 'nobody', client_ids: ['nobody'] }],
      },
    },
  },
};

it('puts a client’s id into examples and path parameters, and leaves schemas alone', () => {
  expect(withClient(description, 'somebody')).toEqual({
    paths: {
      '/clients/{client_id}': {
        parameters: [
          { name: 'client_id', in: 'path', example: 'somebody' },
          { name: 'limit', in: 'query' },
        ],
      },
    },
    components: {
      schemas: {
        Client: {
          properties: { client_id: { type: 'string' } },
          examples: [{ client_id: 'somebody', client_ids: ['somebody'] }],
        },
      },
    },
  });
});

it('is unchanged if nobody is connected', () => {
  expect(withClient(description, undefined)).toBe(description);
});
