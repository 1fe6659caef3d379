// An exception thrown through 10 frames and caught.
// operations: 10000
// needs: exceptions
#define DEPTH 10
#include "throw.h"
