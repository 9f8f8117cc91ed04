"""Every target under libFuzzer, for a number of executions each.

  run.py FUZZ [TARGET...]     all targets; a table of executions, coverage and findings
    --runs N                  of each target (default 100000)
    --seconds S               of each target at most
    --corpus DIR              keeps what widens the coverage in DIR/TARGET, for the next time
    --findings DIR            where inputs that fail are left (default: the working directory)

FUZZ is the program of the tree that the preset fuzz makes. Each target starts from the seeds and
from the inputs that have failed once. Exit code 1 where one fails now."""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import seeds  # noqa: E402

LONGEST = 8192  # bytes of an input
DICTIONARIES = {
    'config': ('config', 'study', 'sets', 'member-config'), 'options': ('options',),
    'idx': ('idx', 'idx-labels', 'images'), 'png': ('png',), 'jpeg': ('jpeg',),
    'json': ('safetensors', 'member', 'state', 'run', 'run-json', 'saved-study', 'report'),
    'csv': ('metrics',),
}
# Folders of the repository whose files are seeds too.
MORE_SEEDS = {'config': ('tests/configs', 'tests/configs/bad', 'configs', 'configs/studies/beyond'),
              'study': ('tests/configs', 'configs/studies')}


def targets(program):
    told = subprocess.run([program], capture_output=True, text=True).stderr
    return re.findall(r'^  (\S+)$', told, re.MULTILINE)


def dictionary(target):
    return [f'-dict={HERE}/dictionaries/{name}' for name, of in DICTIONARIES.items() if target in of]


def corpora(target, made):
    """Folders of inputs to start from."""
    folders = [HERE / 'seeds' / target, HERE / 'failed' / target, pathlib.Path(made) / target]
    folders += [HERE.parents[1] / name for name in MORE_SEEDS.get(target, ())]
    return [folder for folder in folders if folder.is_dir()]


def environment():
    suppressions = HERE.parent / 'support/lsan.supp'
    return {**os.environ, 'LSAN_OPTIONS': f'suppressions={suppressions}:print_suppressions=0',
            'ASAN_OPTIONS': 'allocator_may_return_null=1:detect_stack_use_after_return=1',
            'UBSAN_OPTIONS': 'print_stacktrace=1'}


def fuzz(program, target, options, made):
    """libFuzzer's report, and whether all went well. New inputs go into the first folder."""
    kept = pathlib.Path(options.corpus, target) if options.corpus else pathlib.Path(made, f'new-{target}')
    kept.mkdir(parents=True, exist_ok=True)
    limits = [f'-max_total_time={options.seconds}'] if options.seconds else []
    done = subprocess.run(
        [program, f'--target={target}', f'-runs={options.runs}', f'-max_len={LONGEST}', '-seed=1',
         '-timeout=20', '-print_final_stats=1', f'-artifact_prefix={options.findings}/{target}-',
         *limits, *dictionary(target), kept, *corpora(target, made)],
        capture_output=True, text=True, errors='replace', env=environment())
    return done.stderr, done.returncode == 0


def last_number(pattern, report):
    found = re.findall(pattern, report)
    return int(found[-1]) if found else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('program')
    parser.add_argument('target', nargs='*')
    parser.add_argument('--runs', type=int, default=100000)
    parser.add_argument('--seconds', type=int)
    parser.add_argument('--corpus')
    parser.add_argument('--findings', default='.')
    options = parser.parse_args()
    executions = failures = 0
    print(f'{"target":14}  {"executions":>10}  {"a second":>8}  {"edges":>6}  findings')
    with tempfile.TemporaryDirectory(prefix='cltrain-fuzz-') as made:
        seeds.main(made)
        for target in options.target or targets(options.program):
            report, well = fuzz(options.program, target, options, made)
            count = last_number(r'number_of_executed_units: (\d+)', report)
            executions += count
            failures += not well
            print(f'{target:14}  {count:10}  {last_number(r"average_exec_per_sec: +([0-9]+)", report):8}  '
                  f'{last_number(r"cov: ([0-9]+)", report):6}  {0 if well else 1}', flush=True)
            if not well:
                print(report[-6000:])
    print(f'{"all":14}  {executions:10}  {"":8}  {"":6}  {failures}')
    sys.exit(1 if failures else 0)


main()
