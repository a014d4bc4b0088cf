// CouchDB's interface as far as a Fabric peer uses it, over PouchDB: documents, revisions and selectors are PouchDB's,
// the paths are ours, and so are bookmarks, which it lacks. All is in memory. Prints its port once it listens, and ends
// with its standard input.

const express = require('express');
const PouchDB = require('pouchdb-core')
  .plugin(require('pouchdb-adapter-memory'))
  .plugin(require('pouchdb-find'))
  .defaults({adapter: 'memory'});

const VERSION = '3.3.3'; // whose interface it is: a peer takes none before 2.0
const databases = new Map();
const security = new Map();

class Refused extends Error {
  constructor(status, name, reason) {
    super(reason);
    Object.assign(this, {status, name, reason});
  }
}

function database(name) {
  if (!databases.has(name)) throw new Refused(404, 'not_found', 'Database does not exist.');
  return databases.get(name);
}

function create(name, response) {
  if (databases.has(name)) throw new Refused(412, 'file_exists', 'The database could not be created.');
  databases.set(name, new PouchDB(name));
  response.status(201);
  return {ok: true};
}

async function drop(name) {
  await database(name).destroy();
  databases.delete(name);
  return {ok: true};
}

// A peer reads a value that is no JSON as an attachment, and takes attachments as multipart alone.
async function document(request, response) {
  const found = await database(request.params.db).get(request.params.id, {attachments: true, binary: true});
  response.set('ETag', `"${found._rev}"`);
  const attachments = Object.entries(found._attachments || {});
  if (attachments.length === 0) return found;
  const parts = [['application/json', '', Buffer.from(JSON.stringify({...found, _attachments: undefined}))]];
  for (const [name, each] of attachments) parts.push([each.content_type, name, each.data]);
  const body = parts.map(([type, name, content]) => Buffer.concat([
    Buffer.from(`--part\r\nContent-Type: ${type}\r\n`),
    Buffer.from(name && `Content-Disposition: attachment; filename="${name}"\r\n`),
    Buffer.from('\r\n'), content, Buffer.from('\r\n'),
  ]));
  response.set('Content-Type', 'multipart/related; boundary="part"');
  return Buffer.concat([...body, Buffer.from('--part--')]);
}

async function save(request, response) {
  if (!request.is('application/json')) throw new Refused(415, 'bad_content_type', 'A peer saves JSON this way.');
  const rev = request.headers['if-match'];
  const document = {...request.body, _id: request.params.id, ...(rev && {_rev: rev})};
  const saved = await database(request.params.db).put(document);
  response.status(201).set('ETag', `"${saved.rev}"`);
  return saved;
}

function remove(request) {
  const rev = request.query.rev || request.headers['if-match'];
  return database(request.params.db).remove(request.params.id, rev);
}

function allDocuments(request) {
  const options = {keys: request.body.keys};
  for (const [name, value] of Object.entries(request.query)) options[name] = JSON.parse(value);
  if (options.keys === undefined) delete options.keys;
  return database(request.params.db).allDocs(options);
}

async function changeMany(request, response) {
  response.status(201);
  return database(request.params.db).bulkDocs(request.body);
}

// A bookmark is how many documents came before it; CouchDB, too, gives one with the last page.
async function find(request) {
  const {bookmark, use_index: _, ...query} = request.body;
  const skip = Number(bookmark || 0);
  try {
    const {docs} = await database(request.params.db).find({...query, skip});
    return {docs, bookmark: String(skip + docs.length)};
  } catch (error) {
    throw new Refused(400, 'invalid_query', error.reason || error.message);
  }
}

function serve(handle) {
  return async (request, response) => {
    try {
      const answer = await handle(request, response);
      if (Buffer.isBuffer(answer)) response.end(answer);
      else response.json(answer);
    } catch (error) {
      response.status(error.status || 500).json({error: error.name, reason: error.reason || error.message});
    }
  };
}

const app = express();
app.set('etag', false);
app.use(express.json({limit: '200mb'}));
app.get('/', serve(() => ({couchdb: 'Welcome', version: VERSION, vendor: {name: 'PouchDB in its stead'}})));
app.get('/_all_dbs', serve(() => [...databases.keys()]));
app.put('/:db', serve((request, response) => create(request.params.db, response)));
app.get('/:db', serve((request) => database(request.params.db).info()));
app.delete('/:db', serve((request) => drop(request.params.db)));
app.get('/:db/_security', serve((request) => security.get(request.params.db) || {}));
app.put('/:db/_security', serve((request) => ({ok: Boolean(security.set(request.params.db, request.body))})));
app.get('/:db/_all_docs', serve(allDocuments));
app.post('/:db/_all_docs', serve(allDocuments));
app.post('/:db/_bulk_docs', serve(changeMany));
app.post('/:db/_find', serve(find));
app.get('/:db/_index', serve((request) => database(request.params.db).getIndexes()));
app.post('/:db/_index', serve((request) => database(request.params.db).createIndex(request.body)));
app.get('/:db/:id', serve(document));
app.put('/:db/:id', serve(save));
app.delete('/:db/:id', serve(remove));
app.use((error, request, response, _) => response.status(400).json({error: 'bad_request', reason: error.message}));
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
