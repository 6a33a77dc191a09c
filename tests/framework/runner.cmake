tare_add_test(framework runner_judge.c LINK tare_runner)
tare_add_test(framework runner_states.c LINK tare_runner LABELS simulation)
tare_add_test(framework runner_drift.c LINK tare_runner LABELS simulation)
tare_add_test(framework runner_arms.c LINK tare_runner LABELS simulation)
