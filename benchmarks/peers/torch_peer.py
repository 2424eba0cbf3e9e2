"""The same networks in PyTorch, one thread. Told "round" on standard input, it measures once and answers with a line of JSON: nanoseconds."""

import json
import sys
import time

import torch

INPUTS, HIDDEN, OUTPUTS, BATCH = 784, 89, 10, 60
torch.set_num_threads(1)
torch.manual_seed(20190119)


nn = torch.nn
loss_function = nn.CrossEntropyLoss()
labels = torch.tensor([7 * sample % OUTPUTS for sample in range(BATCH)])


class Problem:
    """One network, with what a step and an inference need."""

    def __init__(self, shape, *layers):
        self.network = nn.Sequential(*layers)
        self.optimizer = torch.optim.SGD(self.network.parameters(), lr=0.001, momentum=0.9)
        self.x = torch.rand(BATCH, *shape)
        self.one = self.x[:1].clone()

    def train_step(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss_function(self.network(self.x), labels).backward()
        self.optimizer.step()

    def inference_1(self):
        with torch.inference_mode():
            self.network(self.one)

    def inference_60(self):
        with torch.inference_mode():
            self.network(self.x)


dense = Problem((INPUTS,), nn.Linear(INPUTS, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, OUTPUTS))
cnn = Problem(
    (1, 28, 28),
    *(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
    *(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
    *(nn.Flatten(), nn.Linear(784, OUTPUTS)),
)
lenet5 = Problem(
    (1, 28, 28),
    *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
    *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
    *(nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, OUTPUTS)),
)


class Listener:
    """A recurrent layer and a Dense that answer to one number after the other."""

    def __init__(self, layer):
        self.layer, self.dense = layer, nn.Linear(16, 1)
        self.x, self.state = torch.rand(1, 1), None

    def step(self):
        with torch.inference_mode():
            answer, self.state = self.layer(self.x, self.state)
            self.dense(answer)


gru16 = Listener(nn.GRU(1, 16))
lstm16 = Listener(nn.LSTM(1, 16))
MEASURED = {
    "train_step": dense.train_step,
    "inference_1": dense.inference_1,
    "inference_60": dense.inference_60,
    "cnn_train_step": cnn.train_step,
    "cnn_inference_1": cnn.inference_1,
    "lenet5_train_step": lenet5.train_step,
    "lenet5_inference_1": lenet5.inference_1,
    "gru16_step": gru16.step,
    "lstm16_step": lstm16.step,
}


def seconds_each(function, least_seconds):
    """Calls it for at least that long; returns the mean processor time of a call."""
    calls, start = 0, time.process_time()
    while True:
        for _ in range(10):
            function()
        calls += 10
        passed = time.process_time() - start
        if passed >= least_seconds:
            return passed / calls


def main():
    least_seconds = float(sys.argv[1])
    for function in MEASURED.values():
        seconds_each(function, 0.1)
    print("ready", flush=True)
    for line in sys.stdin:
        figures = {f"{name}/torch": 1e9 * seconds_each(f, least_seconds) for name, f in MEASURED.items()}
        print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
