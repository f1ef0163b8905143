rule batch:
    input:
        needed,
    output:
        touch(f"{MARKER}.done"),
    log:
        f"{MARKER}.log",
    conda:
        ENVIRONMENT
    threads: cores
    resources:
        **ASKED,
    params:
        what=described,
        cores=cores,
        plan=lambda wildcards: batches.plan_file(wildcards.name, wildcards.plan),
        within=WITHIN,
        before=BEFORE,
    message:
        "{wildcards.step} in {wildcards.name}, {params.what}"
    shell:
        "exec >{log:q} 2>&1; {params.before}"
        "exec {params.within} python3 workflow/runner {params.plan} {wildcards.step} {wildcards.first} {wildcards.last} --cores {params.cores}"


onerror:
    tell_what_is_left()


onstart:
    check_start()
    check_site()
    check_places()
