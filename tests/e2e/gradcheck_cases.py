"""A small config for each kind of network that gradcheck has to judge."""
from cltrain import write_small_data

CASES = {
    'softmax': '{ type = "dense"; init = { type = "normal"; sigma = 0.01; }; }',
    'two-layers': '{ type = "mlp"; hidden = [20]; }, { type = "dense"; }',
    'three-layers-bn': '{ type = "mlp"; hidden = [20, 15]; batch_norm = true; }, { type = "dense"; }',
    'nine-layers-bn': '{ type = "mlp"; hidden = [20, 15, 12, 12, 10, 10, 10, 10]; batch_norm = true; },'
                      ' { type = "dense"; }',
    'dropout': '{ type = "dense"; units = 20; }, { type = "relu"; }, { type = "dropout"; rate = 0.4; },'
               ' { type = "dense"; units = 15; }, { type = "batch_norm"; },'
               ' { type = "leaky_relu"; slope = 0.1; }, { type = "dropout"; rate = 0.2; },'
               ' { type = "dense"; }',
    # Products and chains of rows too large for a run of small steps; rows that no tile divides.
    'wide': '{ type = "dense"; units = 1031; }, { type = "relu"; }, { type = "dense"; units = 37; },'
            ' { type = "batch_norm"; }, { type = "tanh"; }, { type = "dense"; }',
    'smooth': '{ type = "dense"; units = 15; }, { type = "tanh"; }, { type = "dense"; units = 12; },'
              ' { type = "sigmoid"; }, { type = "dense"; }',
    'sigmoid-loss': '{ type = "mlp"; hidden = [20]; activation = "tanh"; }, { type = "dense"; }',
    # Gradients are stored, and an update follows.
    'sigmoid-loss-clblast': '{ type = "mlp"; hidden = [20]; }, { type = "dense"; }',
    'two-layers-clblast': '{ type = "mlp"; hidden = [20]; }, { type = "dense"; }',
    'population': '{ type = "mlp"; hidden = [20]; batch_norm = true; },'
                  ' { type = "dropout"; rate = 0.3; }, { type = "dense"; }',
}
POPULATION = '''population = (
  { key = "train.l2"; values = (0.0, 1e-3, 1e-1); },
  { key = "seed"; values = (5, 6, 7); zip = true; }
);
'''
SIGMOID = ' loss = "sigmoid";'
CLBLAST = 'gemm = { backend = "clblast"; };\n'


def write(where):
    """{name: config} of all cases, in the folder `where`."""
    write_small_data(where / 'data')
    configs = {}
    for name, model in CASES.items():
        configs[name] = where / f'{name}.cfg'
        configs[name].write_text(
            f'name = "{name}"; seed = 3;\n'
            'data = { format = "idx"; path = "data"; };\n'
            f'model = ( {model} );\n'
            'train = { batch_size = 40; epochs = 1; learning_rate = 0.1; l2 = 0.005;'
            f'{SIGMOID if "sigmoid-loss" in name else ""} }};\n'
            f'{POPULATION if name in ("population", "wide") else ""}'
            f'{CLBLAST if name.endswith("clblast") else ""}')
    return configs
