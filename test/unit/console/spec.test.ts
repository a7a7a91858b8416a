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

it('names a client in examples and in paths, and leaves schemas alone', () => {
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

it('is as it was where nobody is connected', () => {
  expect(withClient(description, undefined)).toBe(description);
});
