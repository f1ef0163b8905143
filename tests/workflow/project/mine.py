# How long is the longest?
def learn(config, texts):
    return max(len(text) for text in texts)
