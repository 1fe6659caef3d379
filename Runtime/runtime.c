#include "wasmc_runtime.h"
