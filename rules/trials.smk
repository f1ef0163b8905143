rule batch:
    input:
        needed,
    output:
        touch(f"{MARKER}.done"),
    log:
        f"{MARKER}.log",
    conda:
        ENVIRONMENT
    threads: CORES
    params:
        what=described,
        plan=lambda wildcards: batches.plan_file(wildcards.name, wildcards.plan),
    message:
        "{wildcards.step} in {wildcards.name}, {params.what}"
    shell:
        "exec python3 workflow/runner {params.plan} {wildcards.step} {wildcards.first} {wildcards.last} --cores {threads} >{log:q} 2>&1"


onstart:
    check_start()
    check_places()
