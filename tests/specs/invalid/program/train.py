import eval

print(eval.score([1, 2, 3]))
