rule batch:
    input:
        needed,
    output:
        touch(f"{MARKER}.done"),
    params:
        what=described,
        plan=lambda wildcards: batches.plan_file(wildcards.name, wildcards.plan),
    log:
        f"{MARKER}.log",
    message:
        "{wildcards.step} in {wildcards.name}, {params.what}"
    threads: CORES
    conda:
        "../envs/expc.yaml"
    shell:
        "exec {RUNNER} {params.plan} {wildcards.step} {wildcards.first} {wildcards.last} --cores {threads} >{log:q} 2>&1"
