# Gradient descent on (x - 1)², with noise in the gradient. Reads --name=value, writes a metric's row for each step.
function row(part, value, step) {
    printf "{\"name\": \"distance\", \"split\": \"%s\", \"value\": %.10g, \"step\": %s}\n", part, value, step > "rows.jsonl"
}

function distance(x) {
    return x > 1 ? x - 1 : 1 - x
}

BEGIN {
    for (i = 1; i < ARGC; i++)
        if (match(ARGV[i], /^--[a-z_]+=/))
            given[substr(ARGV[i], 3, RLENGTH - 3)] = substr(ARGV[i], RLENGTH + 1) + 0
    srand(given["seed"] + 1)
    x = given["start"]
    for (step = 1; step <= given["steps"]; step++) {
        x -= given["rate"] * (2 * (x - 1) + rand() - 0.5)
        row("validation", distance(x), step)
    }
    row("test", distance(x), "null")
}
