# Every target is `python3 dev <target>`, which also works where make is absent. Arguments: make test ARGS="-k letters"
PYTHON ?= python3

.PHONY: help run test setup check lock bench clean

help:
	@$(PYTHON) dev --help

run test setup check lock bench clean:
	@$(PYTHON) dev $@ $(ARGS)
