/* SPDX-License-Identifier: MulanPSL-2.0 */
/* What every HTML report carries: its style, its script and the chart library. See page.h. */
    .section .rodata
#define FILE_AT(name, path) \
    .global name; .hidden name; .global name##_end; .hidden name##_end; .balign 16; name: .incbin path; name##_end: .byte 0

FILE_AT(page_style, "report/page/page.css")
FILE_AT(page_script, "report/page/page.js")
FILE_AT(page_charts, "third_party/echarts/echarts.common.min.js")

    .section .note.GNU-stack, "", %progbits
