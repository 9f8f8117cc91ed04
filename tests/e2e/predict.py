"""`cltrain predict` says of an image what eval counts, in whatever kind of file the image comes."""
import csv
import gzip
import io
import json
import os
import struct
import zlib

from cltrain import (FASHION_MNIST, ROOT, RunDirectory, Small, expect, expect_equal, expect_errors, main,
                     run, sets, skip)

SIDE = 28
PIXELS = SIDE * SIDE


def png(pixels, width, height):
    """A grey PNG picture."""
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    rows = b''.join(b'\0' + pixels[y * width:(y + 1) * width] for y in range(height))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def read_idx(path, header):
    with gzip.open(path) as file:
        return file.read()[header:]


def predict(run_directory, *arguments, env=None):
    """Rows of the CSV that it prints."""
    told = run('predict', run_directory.path, *arguments, env=env)
    expect_equal(told.err, '', 'nothing on standard error')
    return list(csv.DictReader(io.StringIO(told.out)))


def agrees_with_eval(where):
    """The test set as an IDX file: run.json's accuracy to the sample, for each network of a run."""
    small = Small(where)
    done = small.run('done', config='five')
    data = small.env['CLTRAIN_SMALL_DATA']
    labels = read_idx(data / 't10k-labels-idx1-ubyte.gz', 8)
    env = {**small.env, 'CLTRAIN_SMALL_DATA': where / 'no-such-folder'}
    for member in done.members:
        k = member['index']
        for which, accuracy in (('last', member['test_accuracy']),
                                ('best', member['best']['test_accuracy'])):
            rows = predict(done, data / 't10k-images-idx3-ubyte.gz', '--member', k, '--checkpoint', which,
                           env=env)
            expect_equal([row['index'] for row in rows], [str(i) for i in range(300)], 'every sample')
            hits = sum(int(row['class']) == label for row, label in zip(rows, labels))
            expect_equal(hits, round(accuracy * 300), f'member {k}, {which}: as many right as in run.json')


def every_kind_of_file(where):
    """An image as PNG, in a folder, as raw bytes and in an IDX file: the same probabilities."""
    small = Small(where)
    done = small.run('done')
    images = read_idx(small.env['CLTRAIN_SMALL_DATA'] / 't10k-images-idx3-ubyte.gz', 16)
    wanted = predict(done, small.env['CLTRAIN_SMALL_DATA'] / 't10k-images-idx3-ubyte.gz', '--top-k', 10)
    pictures = where / 'pictures'
    pictures.mkdir()
    for i in range(12):
        (pictures / f'{i:03}.png').write_bytes(png(images[i * PIXELS:(i + 1) * PIXELS], SIDE, SIDE))
    (where / 'raw').write_bytes(images)

    def answers(rows):
        return [{key: value for key, value in row.items() if key not in ('file', 'index')} for row in rows]
    one = predict(done, pictures / '003.png', '--top-k', 10)
    expect_equal(answers(one), answers(wanted[3:4]), 'a PNG picture')
    expect_equal([one[0]['file'], one[0]['index']], [str(pictures / '003.png'), '0'], 'which file')
    expect_equal(answers(predict(done, pictures, '--top-k', 10)), answers(wanted[:12]), 'a folder')
    expect_equal(answers(predict(done, where / 'raw', '--top-k', 10)), answers(wanted), 'raw bytes')
    both = predict(done, pictures / '007.png', where / 'raw', '--top-k', 10)
    expect_equal(answers(both), answers(wanted[7:8] + wanted), 'two operands, in order')
    member = done.path / 'checkpoint/last/member-000.safetensors'
    told = run('predict', member, pictures / '003.png', '--top-k', 10)
    expect_equal(answers(csv.DictReader(io.StringIO(told.out))), answers(wanted[3:4]),
                 'a member file by itself')


def probabilities(where):
    small = Small(where)
    done = small.run('done')
    data = small.env['CLTRAIN_SMALL_DATA'] / 't10k-images-idx3-ubyte.gz'
    rows = predict(done, data, '--top-k', 99)
    for row in rows:
        values = [float(row[f'probability{suffix}'])
                  for suffix in ['', *(f'_{k}' for k in range(2, 11))]]
        if values != sorted(values, reverse=True) or abs(sum(values) - 1) > 1e-5:
            expect(False, f'{row}: ten probabilities in order, their sum 1')
    expect_equal(len(rows), 300, 'ten probabilities in order, their sum 1, of each sample')
    found = json.loads(run('predict', done.path, data, '--json', '--top-k', 2).out)['predictions']
    for one, row in zip(found, rows):
        if [str(value['class']) for value in one['classes']] != [row['class'], row['class_2']]:
            expect(False, f'{one} and {row}: the same classes')
    expect_equal(len(found), 300, '--json: the same classes')


def refused(where):
    small = Small(where)
    done = small.run('done', data__validation=0)
    (where / 'small.png').write_bytes(png(bytes(30), 6, 5))
    (where / 'cut.png').write_bytes(png(bytes(PIXELS), SIDE, SIDE)[:60])
    for name, pattern in (('small.png', r'6 x 5 \(width, height\).*28 x 28'), ('cut.png', 'damaged'),
                          ('no.png', 'cannot')):
        expect_errors(run('predict', done.path, where / name, code=3), f'{name}.*{pattern}')
    expect_errors(run('predict', done.path, where / 'small.png', '--checkpoint', 'best', code=3),
                  'best/member-000')
    expect_errors(run('predict', done.path, code=2), 'usage: cltrain predict')
    expect_errors(run('predict', done.path, where / 'x', '--top-k', 0, code=2), 'top-k')
    expect_errors(run('predict', where / 'data/t10k-labels-idx1-ubyte.gz', where / 'x', code=3),
                  't10k-labels')


def hostile_networks(where):
    """A member file whose description does not fit its tensors is refused before the device is used."""
    small = Small(where)
    done = small.run('done')
    (where / 'raw').write_bytes(bytes(PIXELS))
    original = (done.path / 'checkpoint/last/member-000.safetensors').read_bytes()
    size, = struct.unpack('<Q', original[:8])
    header = json.loads(original[8:8 + size])
    del header['__metadata__']['checksum'], header['__metadata__']['crc32']
    for key, value in (('input', '[1,28,29]'), ('input', '[1,28]'), ('input', '[1,28,-1]'),
                       ('input', '[4294967296,4294967296,4294967296]'), ('input', None),
                       ('classes', '[]'), ('classes', '["a"]'), ('classes', '{}'), ('classes', 'x'),
                       ('normalization', '{}'), ('normalization', '{"mean":[1],"scale":[1]}'),
                       ('config', ''), ('config', 'model = ();'), ('config', None)):
        changed = json.loads(json.dumps(header))
        changed['__metadata__'][key] = value
        if value is None:
            del changed['__metadata__'][key]
        text = json.dumps(changed).encode()
        text += b' ' * (-len(text) % 8)
        path = where / 'changed.safetensors'
        path.write_bytes(struct.pack('<Q', len(text)) + text + original[8 + size:])
        expect_errors(run('predict', path, where / 'raw', code=3), 'changed.safetensors')


def fashion_mnist(where):
    """All of the 10,000 test images."""
    if not FASHION_MNIST.is_dir():
        skip(f'no {FASHION_MNIST}: install dataset-fashion-mnist')
    run('run', ROOT / 'configs/fashion-mnist.cfg', '--quiet', '--out', where / 'run',
        *sets(expect='()', train__epochs=1))
    done = RunDirectory(where / 'run')
    rows = predict(done, FASHION_MNIST / 't10k-images-idx3-ubyte.gz')
    labels = read_idx(FASHION_MNIST / 't10k-labels-idx1-ubyte.gz', 8)
    hits = sum(int(row['class']) == label for row, label in zip(rows, labels))
    expect_equal(hits / 10000, done.members[0]['test_accuracy'], f'{hits} of 10000 right')


def cifar10(where):
    folder = os.environ.get('CLTRAIN_CIFAR10')
    if not folder:
        print('left out: CLTRAIN_CIFAR10 does not name a folder with the binary files of CIFAR-10')
        return
    run('run', ROOT / 'configs/bench/a1-softmax.cfg', '--quiet', '--out', where / 'run',
        *sets(expect='()', train__updates=200, train__epochs=0, train__cycles=0, report__train_samples=1000))
    done = RunDirectory(where / 'run')
    found, = [path for path in (ROOT / folder).rglob('test_batch*') if path.is_file()]
    data = found.read_bytes()
    names = done.member('last', 0).metadata['classes']
    names = [name or str(i) for i, name in enumerate(json.loads(names))]
    rows = predict(done, found)
    hits = sum(row['class'] == names[data[i * 3073]] for i, row in enumerate(rows))
    expect_equal(hits / 10000, done.members[0]['test_accuracy'], f'CIFAR-10: {hits} of 10000 right')


main(agrees_with_eval, every_kind_of_file, probabilities, refused, hostile_networks, fashion_mnist, cifar10)
