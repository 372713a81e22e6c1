#!/bin/sh
# Prints the two tables of docs/tuning.md that are made of whole searches, as Markdown, in some twenty
# minutes; `upright` must be installed. The table of the scenarios here is checked by a test
# (crates/upright/tests/documents.rs).
set -eu
cd "$(dirname "$0")/../.."
rough=scenarios/rough-starts.yaml

# The number behind a name of the summary's own level.
cost() {
    sed -n 's/^  "cost_after": \([0-9.e+-]*\),*$/\1/p'
}

echo '| seed | `pso` | `pso`, ring | `cma-es` | `de` |'
echo '|---|---|---|---|---|'
for seed in 1 2 3 4 5; do
    row="| $seed |"
    for how in pso "pso --set tuning.swarm.topology=ring" cma-es de; do
        found=$(upright tune $rough --controller classical --seed $seed --optimizer $how --json | cost)
        row="$row $(printf %.3f "$found") |"
    done
    echo "$row"
done

# How many runs settle, before and after, on fresh draws.
settled() {
    sed -n '/"validation": {/,$p' | sed -n '/"settled": {/,/}/s/^ *"count": \([0-9]*\),*$/\1/p' | head -n 2
}

echo
names='|'
rule='|---|'
before='| before |'
after='| after |'
for kind in classical super_twisting adaptive hybrid lqr; do
    bounds=
    if [ $kind = lqr ]; then
        bounds="--set tuning.gains.weights.state=[0.01,10000] --set tuning.gains.weights.force=[0.00001,1]"
    fi
    set -- $(upright tune $rough --set plant.track=1 --controller $kind $bounds --iterations 100 --json | settled)
    names="$names | \`$kind\`"
    rule="$rule---|"
    before="$before $1 |"
    after="$after $2 |"
done
printf '%s |\n%s\n%s\n%s\n' "$names" "$rule" "$before" "$after"
