"""What PyTorch takes for the same work on the same GPU, as tables in Markdown: the autoencoder step of bench_gpu, launched one by one and
through torch.compile(mode="reduce-overhead"), and the neighbour graph by blocks of cdist and topk."""
import importlib.util
import sys
import time

if importlib.util.find_spec('torch') is None:
    print('PyTorch is not there to compare with')
    sys.exit()
import torch

if not torch.cuda.is_available():
    print('PyTorch has no GPU to compare with')
    sys.exit()

torch.backends.cuda.matmul.allow_tf32 = True
device = torch.device('cuda')
sizes = [784, 500, 500, 2000, 10, 2000, 500, 500, 784]
data = torch.randint(0, 256, (70000, 784), dtype=torch.uint8, device=device)


def microseconds(step, steps=273, epochs=5):
    times = []
    for epoch in range(epochs + 1):
        order = torch.randperm(len(data), device=device)
        torch.cuda.synchronize()
        start = time.perf_counter()
        for i in range(steps):
            step(order[i * 256:(i + 1) * 256])
        torch.cuda.synchronize()
        if epoch > 0:
            times.append((time.perf_counter() - start) / steps * 1e6)
    return sorted(times)[len(times) // 2]


def trainer(compiled):
    layers = []
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        layers.append(torch.nn.Linear(a, b))
        if i not in (3, 7):
            layers.append(torch.nn.ReLU())
    network = torch.nn.Sequential(*layers).to(device)
    optimizer = torch.optim.Adam(network.parameters(), fused=True, capturable=True)

    def loss_of(x):
        return (network(x) - x).square().sum() / len(x)

    if compiled:
        loss_of = torch.compile(loss_of, mode='reduce-overhead')

    def step(index):
        loss = loss_of(data[index].float() / 255)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return step


print('\n| PyTorch, autoencoder step, batch 256 | us |\n|---|---:|')
print(f'| eager, fused Adam, TF32 | {microseconds(trainer(False)):.1f} |', flush=True)
print(f'| torch.compile(mode="reduce-overhead") | {microseconds(trainer(True)):.1f} |', flush=True)

print('\n| PyTorch, neighbour graph by blocks of cdist and topk, k 20 | ms |\n|---|---:|')
for n in (70000, 1000000):
    x = torch.nn.functional.normalize(torch.randn(n, 160, device=device))
    rows = max(1, (256 << 20) // (4 * n))
    times = []
    for _ in range(2):
        torch.cuda.synchronize()
        start = time.perf_counter()
        for begin in range(0, n, rows):
            torch.cdist(x[begin:begin + rows], x).topk(21, largest=False)
        torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    print(f'| {n} x 160 | {times[-1] * 1e3:.1f} |', flush=True)
