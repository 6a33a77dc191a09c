tare_add_test(framework runner_judge.c LINK tare_runner)
