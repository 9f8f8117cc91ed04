"""Mistakes that a trainer of networks is prone to, and that gradcheck or selftest must see.

  mutants.py list                          name;file of each
  mutants.py make NAME SOURCE FOLDER CMAKE builds FOLDER/mutant.c: the file with the mistake, or the
                                           kernels embedded with it
  mutants.py check NAME PROGRAM            exit 0 where the program, linked with it, is found wrong
"""
import json
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'e2e'))
import cltrain  # noqa: E402
import gradcheck_cases  # noqa: E402


class Mutant:
    """`right`, which stands once in `file`, becomes `wrong`. Then, in the named case of
    gradcheck_cases, the check of the tensors `caught` fails, against differences or as trained, and
    that of `spared` does not; or selftest marks the kernel `row`."""

    def __init__(self, file, right, wrong, case=None, caught=(), spared=(), row=None):
        self.file, self.right, self.wrong = file, right, wrong
        self.case, self.caught, self.spared, self.row = case, caught, spared, row


MUTANTS = {
    'factor-1-over-n-dropped': Mutant(
        'cl/loss.clh', '- is_label(label, c)) / count;', '- is_label(label, c));',
        'softmax', caught=('0.weight', '0.bias')),
    'loss-over-the-wrong-batch-size': Mutant(
        'cl/loss.clh', 'count = (real)batch->size', 'count = (real)batch->pitch',
        'softmax', caught=('0.weight', '0.bias')),
    'sigmoid-gradient-not-over-the-classes': Mutant(
        'cl/loss.clh', '(kind == LOSS_SIGMOID ? (real)classes : 1)', '1',
        'sigmoid-loss', caught=('0.weight', '0.bias', '2.weight', '2.bias')),
    'weight-decay-halved': Mutant(
        'host/train/schedule.c', 'out[1] = 2 * train->l2;', 'out[1] = train->l2;',
        'two-layers', caught=('0.weight', '2.weight'), spared=('0.bias', '2.bias')),
    'biases-decayed': Mutant(
        'cl/row.clh', 'g, model->rates[RATES * row.member], 0)',
        'g, model->rates[RATES * row.member], model->rates[RATES * row.member + 1])',
        'two-layers', caught=('0.bias', '2.bias'), spared=('0.weight', '2.weight')),
    'biases-decayed-by-the-update': Mutant(
        'host/nn/network.c', 'return segment->kind == CLT_SEGMENT_WEIGHT;',
        'return !clt_segment_is_running(segment);',
        'two-layers-clblast', caught=('0.bias', '2.bias'), spared=('0.weight', '2.weight')),
    'batch-norm-mean-term-dropped': Mutant(
        'cl/row_batch_norm.clh', 'LANES_LOAD(g + at) - mean_g - h', 'LANES_LOAD(g + at) - h',
        'three-layers-bn', caught=('0.weight', '0.bias', '3.weight', '3.bias'),
        spared=('4.weight', '4.bias', '6.weight', '6.bias')),
    'gamma-not-updated': Mutant(
        'cl/row_batch_norm.clh',
        'store_gradient(model, row, TENSOR_OF(op->layer, TENSOR_GAMMA), op->weight, sum_gh);', '',
        'three-layers-bn', caught=('1.weight', '4.weight'),
        spared=('1.bias', '4.bias', '6.weight', '6.bias')),
    'relu-mask-of-the-sample-before': Mutant(
        'cl/row_activation.clh', 'v = LANES_LOAD(y + at);', 'v = LANES_LOAD(y + (at > 0 ? at - 1 : 0));',
        'two-layers', caught=('0.weight', '0.bias'), spared=('2.weight', '2.bias')),
    'bias-index-transposed': Mutant(
        'cl/row_bias.clh', 'b = model->parameters[op->bias + row.index];',
        'b = model->parameters[op->bias + row.unit * model->members + row.member];',
        'population', caught=('4.bias',)),
    'padding-counted': Mutant(
        'cl/lanes.clh', 'return LANES_SELECT(LANES_INDEX < (lanes_bits)(batch->size - b), v, other);',
        'return v;',
        'softmax', caught=('0.weight',)),
    'samples-packed-without-transposing': Mutant(
        'cl/transpose.clh', 'transpose_block(block);', '',
        'two-layers', caught=('0.weight', '2.weight'), spared=('0.bias', '2.bias')),
    'updated-before-the-input-gradient': Mutant(
        'host/nn/dense.c',
        'if (need_gx)\n'
        '        TRY(clt_steps_add(to->steps, product(CLT_STEP_INPUT_GRADIENT, to, layer, g, at_gx)));\n'
        '    TRY(clt_steps_add(to->steps, product(CLT_STEP_WEIGHT_GRADIENT, to, layer, g, x)));',
        'TRY(clt_steps_add(to->steps, product(CLT_STEP_WEIGHT_GRADIENT, to, layer, g, x)));\n'
        '    if (need_gx)\n'
        '        TRY(clt_steps_add(to->steps, product(CLT_STEP_INPUT_GRADIENT, to, layer, g, at_gx)));',
        'two-layers', caught=('0.weight', '0.bias'), spared=('2.weight', '2.bias')),
    'decay-of-the-first-member': Mutant(
        'cl/product.cl', 'decay = rates[RATES * (cursor->now * members + member) + 1];',
        'decay = rates[RATES * cursor->now * members + 1];',
        'wide', caught=('0.weight', '2.weight'), spared=('0.bias', '5.weight', '5.bias')),
    'overlapping-rows-updated-twice': Mutant(
        'cl/product.cl', 'if (i >= skipped)\n                    bad |=', 'bad |=',
        'wide', caught=('2.weight',), spared=('0.bias', '5.weight', '5.bias')),
    'nesterov-without-the-new-velocity': Mutant(
        'cl/optimizers.cl', 'fma(momentum, new_v, g) : new_v, w)', 'fma(momentum, v, g) : new_v, w)',
        row='momentum_update'),
    'second-moment-uncorrected': Mutant(
        'cl/optimizers.cl', 'fma(sqrt(new_s), share.correction, epsilon)', 'sqrt(new_s) + epsilon',
        row='adam_update'),
    # No gradient is wrong of a network whose samples are scrambled.
    'samples-gathered-without-transposing': Mutant(
        'cl/gather.cl', 'transpose_bytes(block);', '',
        row='gather_normalize'),
    'mirrored-by-pieces-alone': Mutant(
        'cl/augment.cl', 'features).sfedcba9876543210;', 'features);',
        row='gather_augmented'),
}


def write_mutant(mutant, source, target):
    text = (source / mutant.file).read_text()
    if text.count(mutant.right) != 1:
        raise SystemExit(f'{mutant.file} has {mutant.right!r} {text.count(mutant.right)} times, not once')
    target.write_text(text.replace(mutant.right, mutant.wrong))


def make(mutant, source, folder, cmake):
    folder.mkdir(parents=True, exist_ok=True)
    if not mutant.file.startswith('cl/'):
        write_mutant(mutant, source, folder / 'mutant.c')
        return
    shutil.rmtree(folder / 'cl', ignore_errors=True)
    shutil.copytree(source / 'cl', folder / 'cl')
    write_mutant(mutant, source, folder / mutant.file)
    subprocess.run([cmake, f'-DOUT={folder}/mutant.c', f'-DFOLDER={folder}/cl',
                    '-P', source / 'cmake/embed.cmake'], check=True)


def check_gradient(mutant, where):
    config = gradcheck_cases.write(where)[mutant.case]
    report = json.loads(cltrain.run('gradcheck', config, '--json', code=1).out)
    tables = [report['differences']['tensors'], (report['training'] or report['differences'])['tensors']]
    wrong = {row['tensor'] for table in tables for row in table if not row['passed']}
    cltrain.expect(set(mutant.caught) <= wrong, f'caught in {", ".join(sorted(wrong))}')
    cltrain.expect(not wrong & set(mutant.spared), f'not in {", ".join(mutant.spared) or "others"}')


def check_kernel(mutant):
    report = json.loads(cltrain.run('selftest', '--json', code=1).out)
    wrong = {row['kernel'] for row in report['kernels'] if not row['passed']}
    cltrain.expect_equal(wrong, {mutant.row}, 'kernels that selftest marks')


def check(mutant, where):
    if mutant.row:
        check_kernel(mutant)
    else:
        check_gradient(mutant, where)


def main(action, name=None, *arguments):
    if action == 'list':
        print('\n'.join(f'{name} {mutant.file}' for name, mutant in MUTANTS.items()))
    elif action == 'make':
        source, folder, cmake = arguments
        make(MUTANTS[name], pathlib.Path(source), pathlib.Path(folder), cmake)
    else:
        cltrain.PROGRAM, = arguments
        with cltrain.folder() as where:
            check(MUTANTS[name], where)


main(*sys.argv[1:])
