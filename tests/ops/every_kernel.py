"""every_kernel.py SOURCE LAUNCHED: each kernel of cl/ ran under oclgrind, which looks for races and for
reads of what nobody wrote. The tests of label oclgrind leave the names of those that they launched in
LAUNCHED/races and LAUNCHED/uninitialized."""
import pathlib
import re
import sys

# Without the check of uninitialised reads: it takes halves of a vector of 16, put together, for
# uninitialised, and these have no form without such vectors.
VECTORS_OF_16 = {'product_of_weights', 'weight_gradient'}


def kernels_of(folder):
    names = set()
    for path in sorted(folder.glob('*.cl*')):
        text = re.sub(r'/\*.*?\*/|//[^\n]*', '', path.read_text(), flags=re.S)
        found = re.findall(r'\b__kernel\b[^{;]*?\bvoid\s+(\w+)\s*\(', text)
        if len(found) != len(re.findall(r'\b_*kernel\b', text)):
            sys.exit(f'{path}: a kernel whose name is not seen')
        names.update(found)
    return names


def launched(folder):
    return {name for path in folder.glob('*') for name in path.read_text().split()}


def main(source, records):
    kernels = kernels_of(pathlib.Path(source) / 'cl')
    initialized = launched(pathlib.Path(records) / 'uninitialized')
    checked = {'data races': launched(pathlib.Path(records) / 'races') | initialized,
               'uninitialised reads': initialized | VECTORS_OF_16}
    missing = [f'{kernel}: is not checked for {what}' for what, names in checked.items()
               for kernel in sorted(kernels - names)]
    missing += [f'{kernel}: is no exception any more' for kernel in sorted(VECTORS_OF_16 & initialized)]
    print('\n'.join(missing) or f'{len(kernels)} kernels, {len(VECTORS_OF_16)} of them for races only')
    sys.exit(bool(missing))


main(*sys.argv[1:])
