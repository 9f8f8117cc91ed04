"""Every config that comes with the program passes `cltrain check`."""
import json
import os

from cltrain import FASHION_MNIST, ROOT, expect, main, run, skip


def need_of(path):
    """What is lacking for this config here, or None."""
    texts = [path.read_text(), *(base.read_text() for base in (path.parent / 'common').glob('*.cfg'))]
    if any('CLTRAIN_CIFAR10' in text for text in texts):
        return None if os.environ.get('CLTRAIN_CIFAR10') else 'CLTRAIN_CIFAR10 is not set'
    return None if FASHION_MNIST.is_dir() else f'no {FASHION_MNIST}'


def every_config(_):
    checked = 0
    for path in sorted((ROOT / 'configs').rglob('*.cfg')):
        if path.parent.name == 'common':
            continue
        name = path.relative_to(ROOT)
        if need_of(path):
            print(f'left out: {name}: {need_of(path)}')
            continue
        told = json.loads(run('check', path, '--json').out)
        for stage in told.get('stages', [told]):
            expect(stage['parameters'] > 0, f'{name}: {stage["parameters"]} parameters, '
                   f'{stage["updates"]} updates, {stage["memory"] >> 20} MiB')
        checked += 1
    if not checked:
        skip('the data of no config is here')


main(every_config)
