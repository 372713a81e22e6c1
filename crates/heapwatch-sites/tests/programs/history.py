"""A controller appends to a history that has no bound; its working memory is given back."""
import time


class Controller:
    def __init__(self):
        self.history = []

    def step(self, error):
        work = [error * k for k in range(100)]
        self.history.append(error + 0.5 * len(work))


controller = Controller()
began, steps = time.monotonic(), 0
while True:
    while steps < 300 * (time.monotonic() - began):
        controller.step(steps * 0.25)
        steps += 1
    time.sleep(0.01)
