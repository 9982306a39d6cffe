// SPDX-License-Identifier: MulanPSL-2.0
// Cutting lists into words.
#ifndef L2TLB_STUDY_WORDS_H
#define L2TLB_STUDY_WORDS_H

#include <string.h>

// The next part of *rest up to `at`, without blanks around it; NULL behind the last one. *rest advances.
// At ' ' empty parts do not exist; at others they are "".
static inline char *cut_at(char **rest, char at)
{
    char *word = *rest;
    if (!word)
        return NULL;
    word += strspn(word, " ");
    if (at == ' ' && !*word)
        return NULL;
    char *end = strchr(word, at);
    *rest = end ? end + 1 : NULL;
    if (!end)
        end = word + strlen(word);
    while (end > word && end[-1] == ' ')
        end--;
    *end = 0;
    return word;
}

#endif
