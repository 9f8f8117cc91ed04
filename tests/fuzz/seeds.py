"""Writes the seeds that are no text: seeds.py FOLDER makes FOLDER/TARGET/NAME.

Small files of each format, made by hand here, so that no code of ours reads what it has written.
Pictures in JPEG lie beside this script, as an encoder (cjpeg, jpegtran) has made them."""
import gzip
import json
import pathlib
import struct
import sys
import zlib

SIDE = 8
CONFIG = ('name = "x"; data = { format = "idx"; path = "/data"; };\n'
          'model = ( { type = "dense"; units = 2; }, { type = "batch_norm"; }, { type = "relu"; },'
          ' { type = "dense"; } );\n'
          'train = { batch_size = 4; epochs = 1; learning_rate = 0.1; };\n')


def idx(shape, data):
    return struct.pack(f'>HBB{len(shape)}I', 0, 8, len(shape), *shape) + data


def png(width, height, colour, depth, rows, *, interlace=0, chunks=b'', before=b''):
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    header = struct.pack('>IIBBBBB', width, height, depth, colour, 0, 0, interlace)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + b''.join(chunk(*c) for c in chunks or ()) + before
            + chunk(b'IDAT', zlib.compress(rows, 9)) + chunk(b'IEND', b''))


def pictures():
    grey = b''.join(b'\0' + bytes(range(8 * y, 8 * y + 8)) for y in range(SIDE))
    colour = b''.join(b'\2' + bytes((8 * y + x) * c % 256 for x in range(SIDE) for c in (1, 2, 3))
                      for y in range(SIDE))
    deep = b''.join(b'\1' + bytes(16 * SIDE // 8) for _ in range(SIDE))
    palette = b''.join(b'\0' + bytes(x % 4 for x in range(SIDE)) for _ in range(SIDE))
    bits = b''.join(b'\0' + bytes([y]) for y in range(SIDE))
    adam7 = b''.join((b'\0' + bytes(w)) * h for w, h in
                     ((1, 1), (1, 1), (2, 1), (2, 2), (4, 2), (4, 4), (8, 4)))
    return {'grey': png(SIDE, SIDE, 0, 8, grey), 'colour': png(SIDE, SIDE, 2, 8, colour),
            'deep': png(SIDE, SIDE, 0, 16, deep), 'bits': png(SIDE, SIDE, 0, 1, bits),
            'palette': png(SIDE, SIDE, 3, 8, palette, chunks=[(b'PLTE', bytes(range(12)))]),
            'text': png(SIDE, SIDE, 0, 8, grey, chunks=[(b'tEXt', b'Title\0x'), (b'gAMA', b'\0\0\xb1\x8f')]),
            'interlaced': png(SIDE, SIDE, 0, 8, adam7, interlace=1)}


def safetensors(tensors, metadata, checksum=True):
    """tensors: name, dtype, shape, bytes; by falling size of an element."""
    header, offset = {}, 0
    start = {'checksum': 'crc32', 'crc32': '00000000'} if checksum else {}
    header['__metadata__'] = {**start, **metadata}
    for name, dtype, shape, data in tensors:
        header[name] = {'dtype': dtype, 'shape': shape, 'data_offsets': [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (64 - len(text) % 8)  # more than alignment wants: a longer header still ends where it did
    file = struct.pack('<Q', len(text)) + text + b''.join(t[3] for t in tensors)
    return file.replace(b'00000000', b'%08x' % zlib.crc32(file), 1) if checksum else file


def floats(*values):
    return struct.pack(f'<{len(values)}f', *values)


def u64(*values):
    return struct.pack(f'<{len(values)}Q', *values)


def member(checksum):
    ramp = [i / 8 for i in range(6)]
    return safetensors(
        [('1.num_batches_tracked', 'I64', [], u64(5)),
         ('0.weight', 'F32', [2, 3], floats(*ramp)), ('0.bias', 'F32', [2], floats(0, 1)),
         ('1.weight', 'F32', [2], floats(1, 1)), ('1.bias', 'F32', [2], floats(0, 0)),
         ('1.running_mean', 'F32', [2], floats(0, 0)), ('1.running_var', 'F32', [2], floats(1, 1)),
         ('3.weight', 'F32', [2, 2], floats(1, 2, 3, 4)), ('3.bias', 'F32', [2], floats(0, 0))],
        {'format': 'pt', 'update': '5', 'layers': '[{"type":"dense","units":2}]', 'input': '[1,1,3]',
         'classes': '["cat","dog"]', 'normalization': '{"mean":[0,0,0],"scale":[1,1,1]}',
         'loss': 'softmax', 'config': CONFIG}, checksum)


FILES = f'{"0123456789abcdef" * 2} train\n{"0123456789abcdef" * 2} test\n'


def state(checksum, files=FILES):
    names = [('0.weight', [2, 2, 3]), ('0.bias', [2, 2]), ('1.weight', [2, 2]), ('1.bias', [2, 2]),
             ('1.running_mean', [2, 2]), ('1.running_var', [2, 2]), ('2.weight', [2, 2, 2]), ('2.bias', [2, 2])]
    parameters = [(name, shape) for name, shape in names if 'running' not in name]

    def tensor(name, shape):
        count = 1
        for size in shape:
            count *= size
        return name, 'F32', shape, floats(*[i / 4 for i in range(count)])
    numbers = [(f'state.{name}', 'U64', [2], u64(0, 0)) for name in ('frozen', 'cause', 'stopped', 'waited')]
    numbers += [('state.improved', 'F64', [2], struct.pack('<2d', 0.5, 0.25)),
                ('state.best_update', 'U64', [2], u64(3, 4)),
                ('state.best_val_accuracy', 'F64', [2], struct.pack('<2d', 0.5, 0.25))]
    return safetensors(numbers + [tensor(*n) for n in names]
                       + [tensor(f'velocity.{name}', shape) for name, shape in parameters]
                       + [('state.best_exists', 'U8', [2], b'\1\1')],
                       {'format': 'cltrain state 1', 'update': '5', 'metrics_length': '200',
                        'seconds': '1.5', 'resumes': '[]', 'rewinds': '[[1, 3, 2]]', 'platform': 'platform',
                        'device': 'another', 'driver': '1', 'gemm': 'chain', 'config': CONFIG,
                        'data': files}, checksum)


def cache(kind, payload):
    key = b'device\nprocessor\n'
    body = key + b'\n' + payload
    return b'cltrain %s, version 1, crc32 %08x, key %d of %d bytes\n' % (
        kind, zlib.crc32(body), len(key), len(body)) + body


ROWS = (b'forward 5x3x4\tnative rows 1 vectors 1 depth 16 run 1 width 1 nanoseconds 10 default 20\n'
        b'weight_gradient 5x3x4\tclblast nanoseconds 10 default 10\n')


def seeds():
    images = idx((3, 2, 3), bytes(range(18)))
    labels = idx((3,), bytes((0, 9, 4)))
    record = bytes(i % 251 for i in range(3072))
    plain = safetensors([('b', 'I64', [], u64(5)), ('a', 'F32', [2, 3], floats(*range(6))),
                         ('c', 'U8', [5], bytes(5))], {'format': 'pt'}, False)
    yield from (('idx', name, data) for name, data in (
        ('images', images), ('channels', idx((2, 3, 1, 1), bytes(6))), ('vectors', idx((2, 3), bytes(6))),
        ('gzip', gzip.compress(images, mtime=0)),
        ('gzip-two', gzip.compress(images[:16], mtime=0) + gzip.compress(images[16:], mtime=0))))
    yield from (('idx-labels', name, data) for name, data in (
        ('labels', labels), ('gzip', gzip.compress(labels, mtime=0)), ('none', idx((0,), b''))))
    yield 'cifar10', 'two', b'\x09' + record + b'\0' + record
    yield 'cifar100', 'one', b'\x05\x63' + record
    for name, data in pictures().items():
        yield 'png', name, data
    yield from (('images', name, data) for name, data in (
        ('idx', idx((2, 2, 3), bytes(12))), ('raw', bytes(12)), ('png', pictures()['colour'])))
    yield from (('safetensors', name, data) for name, data in (
        ('plain', plain), ('checksum', member(True)), ('bare', b'\x08' + bytes(7) + b'{}      ')))
    deep = safetensors([('a', 'U8', [1, 1, 1, 1, 1], b'\5')], {'format': 'pt'}, False)
    for target in ('safetensors', 'member'):  # one dimension more than any tensor may have: mutations seldom get there
        yield target, 'deep', deep
    for checksum, name in ((True, 'checksum'), (False, 'plain')):
        yield 'member', name, member(checksum)
        yield 'state', name, state(checksum)
    yield 'state', 'cut', state(False, files=FILES[:40])  # its list of files has no end
    yield 'cache', 'program', cache(b'programs', bytes(range(64)))
    yield 'cache', 'empty', cache(b'programs', b'')
    yield 'tuning', 'file', cache(b'gemm-tuning', ROWS)
    yield 'tuning', 'rows', ROWS


def main(folder):
    here = pathlib.Path(__file__).resolve().parent
    for target, name, data in seeds():
        place = pathlib.Path(folder) / target
        place.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    for picture in (here / 'seeds/jpeg').iterdir():
        data = picture.read_bytes()
        (pathlib.Path(folder) / 'images' / picture.name).write_bytes(data)


if __name__ == '__main__':
    main(*sys.argv[1:])
