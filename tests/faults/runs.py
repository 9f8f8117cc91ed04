"""The runs that faults befall, and what must be there afterwards: what an undisturbed run leaves."""
import re
import shutil

import preload
from cltrain import RunDirectory, expect_equal, sets, write_small_data
from preload import CONFIGS, temporaries

RUN, STUDY = CONFIGS / 'run.cfg', CONFIGS / 'study.cfg'
STAGES = ('coarse', 'shapes')


class Setting:
    """What all scenarios share: data, finished runs to copy, a cache that knows this device."""

    def __init__(self, where):
        self.where = where
        self.data = write_small_data(where / 'data', train=130, test=60)
        self.env = {'CLTRAIN_SMALL_DATA': self.data, 'XDG_CACHE_HOME': where / 'cache'}
        self.make('run', RUN)
        self.make('study', STUDY)
        self.make('stopped', RUN, *sets(train__stop_at_update=5))
        self.make('stopped-study', STUDY, *sets(train__stop_at_update=3))

    def make(self, name, config, *arguments):
        """A run directory, `where`/`name`."""
        done = preload.run(['run', config, '--out', self.where / name, '--quiet', *arguments], self.env)
        expect_equal((done.code, done.err), (0, ''), f'made: {name}')

    def copy(self, name, where):
        shutil.copytree(self.where / name, where)


# ---- comparing ----

def first_difference(a, b):
    """Between two run directories: checkpoints, results, metrics but for seconds; None without one."""
    if a.checkpoints() != b.checkpoints():
        return f'checkpoints {a.checkpoints()}, not {b.checkpoints()}'
    for name in a.checkpoints():
        one, other = a.checkpoint(name), b.checkpoint(name)
        if one.tensors != other.tensors or one.metadata.get('update') != other.metadata.get('update'):
            return name
    if a.metrics() != b.metrics():
        return 'metrics.csv'
    if a.results() != b.results():
        return 'result.csv'
    if a.members != b.members:
        return 'members in run.json'
    return None if a.json['status'] == b.json['status'] else f'status {a.json["status"]}'


def difference(path, reference):
    """Likewise, also between studies; what cannot be read differs."""
    try:
        return difference_of_readable(path, reference)
    except (OSError, ValueError, KeyError) as error:
        return repr(error)


def difference_of_readable(path, reference):
    if not (reference / STAGES[0]).exists():
        return first_difference(RunDirectory(path), RunDirectory(reference))
    for stage in STAGES:
        found = first_difference(RunDirectory(path / stage), RunDirectory(reference / stage))
        if found:
            return f'{stage}: {found}'
    records = [RunDirectory(place).json for place in (path, reference)]
    same = all(records[0][key] == records[1][key] for key in ('status', 'comparisons', 'expectations'))
    return None if same else 'run.json'


def page(path):
    """report.html without times, speeds and the folder."""
    text = (path / 'report.html').read_text().replace(str(path), 'FOLDER')
    return re.sub(r'[-0-9]+T[0-9:]+Z|[0-9.e+-]+( ms| s\b| updates/s)', 'TIME', text)


def complete(out, words, env):
    """Takes the run in `out` up without faults, or starts it where it had not begun; says what is
    wrong."""
    again = ['resume', out, '--quiet'] if (out / 'config.cfg').exists() else words
    done = preload.run(again, env)
    if done.code != 0 or done.err:
        return f'{again[0]} afterwards: exit code {done.code}: {done.err.strip()}'
    return None


def leftovers(folder):
    """Temporary files, and locks that nobody holds any more."""
    return temporaries(folder) + [str(path.relative_to(folder)) for path in folder.rglob('lock')]
