"""The same network in PyTorch, one thread. Told "round" on standard input, it measures once and answers with a line of JSON: nanoseconds."""

import json
import sys
import time

import torch

INPUTS, HIDDEN, OUTPUTS, BATCH = 784, 89, 10, 60
torch.set_num_threads(1)
torch.manual_seed(20190119)

network = torch.nn.Sequential(torch.nn.Linear(INPUTS, HIDDEN), torch.nn.Tanh(), torch.nn.Linear(HIDDEN, OUTPUTS))
loss_function = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(network.parameters(), lr=0.001, momentum=0.9)
x = torch.rand(BATCH, INPUTS)
one = x[:1].clone()
labels = torch.tensor([7 * sample % OUTPUTS for sample in range(BATCH)])


def train_step():
    optimizer.zero_grad(set_to_none=True)
    loss_function(network(x), labels).backward()
    optimizer.step()


def inference_1():
    with torch.inference_mode():
        network(one)


def inference_60():
    with torch.inference_mode():
        network(x)


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
    for function in (train_step, inference_1, inference_60):
        seconds_each(function, 0.1)
    print("ready", flush=True)
    for line in sys.stdin:
        figures = {f"{f.__name__}/torch": 1e9 * seconds_each(f, least_seconds) for f in (train_step, inference_1, inference_60)}
        print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
