"""What is compared: networks, products and whole runs, as in configs/bench and `cltrain bench`."""

LEARNING_RATE = 0.01
L2 = 0.005
CLASSES = 10

# name: (layer sizes, batch size, batch normalisation)
STEPS = {
    'a1-softmax': ([3072, 10], 100, False),
    'a2-2layer': ([3072, 50, 10], 100, False),
    'a3-3layer-bn': ([3072, 50, 50, 10], 100, True),
    'a3-9layer-bn': ([3072, 50, 30, 20, 20, 10, 10, 10, 10, 10], 100, True),
    'wide-mlp': ([3072, 1024, 1024, 10], 256, True),
}

POPULATIONS = (8, 32)  # members, of a2-2layer

# m, n, k, whether B is transposed
PRODUCTS = ((50, 100, 3072, False), (50, 3072, 100, True), (512, 512, 512, False),
            (1024, 256, 3072, False), (1024, 3072, 256, True), (1024, 1024, 1024, False))

FASHION_MNIST = '/usr/share/datasets/fashion-mnist'
WHOLE = {'whole-128': [128], 'whole-1024': [1024, 1024]}  # config: hidden layers
WHOLE_TRAINING = {'epochs': 5, 'batch': 100, 'learning_rate': 0.05, 'l2': 1e-4, 'validation': 5000}
