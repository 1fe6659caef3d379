// What the command's start and the compiler say to each other when a program runs whose code is not all there: the
// program's process asks, each question a message, and the compiler's (`CodeProvider.swift`) answers when it has made
// something, with code in a file.
//
// Invariant: both are of one build, and mean one module: the first message says which.

#ifndef WASMC_PROVIDER_H
#define WASMC_PROVIDER_H

#include <stdint.h>

// Of a compiler that is started for a program.
#define WASMC_PROVIDER_ARGUMENT "--provide-code"

// In front of every message. What the process writes to its standard streams comes by the same socket; no text in
// UTF-8 starts so.
#define WASMC_PROVIDER_MARK 0xc0decafbu

// How many calls and iterations of its loops a function makes before it is optimized.
#define WASMC_HOT_COUNT 3000
// What is enough when the program has ended, for later runs: what takes their time before anything is hot.
#define WASMC_WARM_COUNT 100

// The first message, with the module as its file.
typedef struct wasmc_provider_setup {
    uint32_t mark;
    uint8_t module_digest[32];
    char compiler_identity[128];
} wasmc_provider_setup;

typedef enum wasmc_code_question_kind {
    WASMC_ASK_FIRST = 1,  // code of a function that is called and has none
    WASMC_ASK_HOT,        // optimized code of what is hot
    // Optimized code for later runs, the last question: a file has the functions, each a uint32_t, the most important
    // first.
    WASMC_ASK_WARM,
} wasmc_code_question_kind;

typedef struct wasmc_code_question {
    uint32_t mark;
    uint32_t kind;
    uint32_t function;
    uint32_t loop;  // UINT32_MAX for the function itself
} wasmc_code_question;

typedef enum wasmc_code_answer_kind {
    WASMC_FIRST_CODE = 1,  // with an artifact as its file
    WASMC_HOT_CODE,        // likewise
    WASMC_ASK_AGAIN,       // who waits for first code
    WASMC_NO_CODE,         // `text` says why
} wasmc_code_answer_kind;

typedef struct wasmc_code_answer {
    uint32_t mark;
    uint32_t kind;
    uint32_t function;  // that there is no code for; UINT32_MAX for any
    char text[1024];
} wasmc_code_answer;

#endif
