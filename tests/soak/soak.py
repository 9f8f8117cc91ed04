"""soak.c makes rounds for a given time, and nothing of it grows: memory, descriptors, threads, objects
of OpenCL, files.

    soak.py [--minutes M] [--rounds KIND] [--plot FILE.svg] [--table FILE.csv]

shared, the default: all rounds use one device, as a program does that trains many runs. own: each
run and classifier opens a device, and builds its programs again. clblast: one device, but CLBlast,
whose programs are built again for each run. builds: programs alone are built, by OpenCL without
cltrain, one of each kernel file: PoCL 3.1 keeps some memory of each for good.

Counts must be the same after each round. Memory is judged by a line through it after the warm-up:
the samples are put into 20 blocks, since neighbours are alike, and the line goes through the blocks'
medians. Its slope's 95 % interval must include 0, or lie below BOUND."""
import argparse
import csv
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

from cltrain import ROOT, Failure, expect, folder, skip, write_small_data

KERNELS = ROOT / 'cl'
FAULTS = ROOT / 'tests/faults/configs'
WARM_UP = 0.2  # of the rounds; at least one of each variant of soak.c
FIRST_ROUNDS = 5
BLOCKS = 20
STUDENT_18 = 2.101  # 97.5 % of Student's t with BLOCKS - 2 degrees of freedom
BOUND = 1.0  # KiB a round
POINTS = 800  # of a curve, about


def read_numbers(path):
    """The lines "Name: 123 kB" of a file of /proc."""
    lines = (line.split() for line in pathlib.Path(path).read_text().splitlines())
    return {words[0].rstrip(':'): int(words[1]) for words in lines if words[1:2] and words[1].isdigit()}


def disk_bytes(top):
    return sum(path.stat().st_size for path in top.rglob('*') if path.is_file())


def sample(process, told, top, start):
    objects, heap = map(int, told.split())
    proc = pathlib.Path('/proc') / str(process.pid)
    status, memory = read_numbers(proc / 'status'), read_numbers(proc / 'smaps_rollup')
    return {'seconds': round(time.monotonic() - start, 1), 'rss_kib': status['VmRSS'],
            'private_kib': memory['Private_Dirty'], 'heap_kib': heap / 1024,
            'threads': status['Threads'], 'descriptors': len(list((proc / 'fd').iterdir())),
            'objects': objects, 'disk_bytes': disk_bytes(top)}


def soak(where, minutes, rounds):
    """A row of samples for each round."""
    data = write_small_data(where / 'data', train=1700, test=40)
    env = {**os.environ, 'CLTRAIN_SMALL_DATA': str(data), 'XDG_CACHE_HOME': str(where / 'cache'),
           'OPENCL_LAYERS': os.environ['CLTRAIN_OPENCL_LAYER'], 'CLTRAIN_LIVE_OBJECTS': 'refuse',
           # Freed blocks that glibc keeps for a thread count as given out: about a byte a round more.
           'GLIBC_TUNABLES': 'glibc.malloc.tcache_count=0'}
    devices, backend = ('shared', rounds) if rounds == 'clblast' else (rounds, 'native')
    words = [os.environ['CLTRAIN_SOAK'], devices, backend, FAULTS / 'two.cfg',
             FAULTS / 'stages.cfg', data / 't10k-images-idx3-ubyte.gz']
    if rounds == 'builds':
        words = [os.environ['CLTRAIN_SOAK'] + '_builds', KERNELS, *sorted(KERNELS.glob('*.cl'))]
    rows, start = [], time.monotonic()
    with subprocess.Popen(words, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as process:
        while time.monotonic() - start < 60 * minutes or len(rows) < FIRST_ROUNDS + 3:
            round_folder = where / 'round'
            round_folder.mkdir()
            process.stdin.write(f'{round_folder}\n')
            process.stdin.flush()
            told = process.stdout.readline()
            if not told:
                break
            shutil.rmtree(round_folder)
            rows.append(sample(process, told, where, start))
        process.stdin.close()
    expect(process.returncode == 0, f'{len(rows)} {rounds} rounds, exit code {process.returncode}')
    return rows


def line_through(values):
    """Slope a round, half of its 95 % interval, value at the middle."""
    size = len(values) / BLOCKS
    blocks = [values[int(i * size):int((i + 1) * size)] for i in range(BLOCKS)]
    y = [statistics.median(block) for block in blocks]
    x = [(int(i * size) + int((i + 1) * size) - 1) / 2 for i in range(BLOCKS)]
    mean_x, mean_y = statistics.fmean(x), statistics.fmean(y)
    spread = sum((a - mean_x) ** 2 for a in x)
    slope = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) / spread
    rest = sum((b - mean_y - slope * (a - mean_x)) ** 2 for a, b in zip(x, y))
    return slope, STUDENT_18 * (rest / (BLOCKS - 2) / spread) ** 0.5, mean_y


def judge_memory(rows, key):
    """Whether it does not grow."""
    slope, half, middle = line_through([row[key] for row in rows])
    flat = slope - half <= 0 or slope + half < BOUND
    print(f'{"ok" if flat else "GROWS"}: {key}: {middle:.0f} KiB, {slope:+.3f} KiB a round, '
          f'95 % interval {slope - half:+.3f} to {slope + half:+.3f}')
    return flat


def judge(rows):
    warm = rows[max(FIRST_ROUNDS, int(len(rows) * WARM_UP)):]
    for key in ('objects', 'descriptors', 'threads', 'disk_bytes'):
        found = {row[key] for row in warm}
        expect(len(found) == 1, f'{key}: {sorted(found)} in each of {len(warm)} rounds')
    if len(warm) < 5 * BLOCKS:
        print(f'{len(warm)} rounds tell nothing of memory')
        return
    grows = [key for key in ('rss_kib', 'private_kib', 'heap_kib') if not judge_memory(warm, key)]
    expect(not grows, f'memory is flat {grows or ""}')


def write_plot(rows, path):
    """Memory over the rounds, by gnuplot."""
    table = path.with_suffix('.tmp')
    step = max(1, len(rows) // POINTS)
    table.write_text('\n'.join(f'{i} {rows[i]["rss_kib"] / 1024} {rows[i]["private_kib"] / 1024}'
                               for i in range(0, len(rows), step)))
    script = f'''set terminal svg size 800,360 font "sans-serif,13" background "white"
set output "{path}"
set xlabel "round"; set ylabel "MiB"; set yrange [0:*]; set key bottom right; set grid ytics
plot "{table}" using 1:2 with lines title "resident", "" using 1:3 with lines title "of it private"
'''
    subprocess.run(['gnuplot'], input=script, text=True, check=True)
    table.unlink()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--minutes', type=float, default=0.2)
    parser.add_argument('--rounds', choices=('shared', 'own', 'clblast', 'builds'), default='shared')
    parser.add_argument('--plot', type=pathlib.Path)
    parser.add_argument('--table', type=pathlib.Path)
    options = parser.parse_args()
    if 'CLTRAIN_SOAK' not in os.environ or 'CLTRAIN_OPENCL_LAYER' not in os.environ:
        skip('CLTRAIN_SOAK and CLTRAIN_OPENCL_LAYER do not name what is built')
    with folder() as where:
        rows = soak(where, options.minutes, options.rounds)
    if options.table:
        with open(options.table, 'w', newline='') as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    if options.plot:
        write_plot(rows, options.plot)
    judge(rows)


if __name__ == '__main__':
    try:
        main()
    except Failure as failure:
        sys.exit(f'FAILED: {failure}')
