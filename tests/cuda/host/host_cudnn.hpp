#pragma once
// What the stand-in for cuDNN (cudnn.cpp) has seen, and what it is told to answer.

extern "C" {
extern int host_cudnn_convolutions, host_cudnn_questions;  // how many were computed; how often the heuristic was asked
extern int host_cudnn_descriptors;                         // how many there are
extern int host_cudnn_misuses;                             // calls that cuDNN's documentation or this library's promises forbid
extern int host_cudnn_algorithm, host_cudnn_math;          // of the latest convolution
extern int host_cudnn_version;                             // to be answered
extern int host_cudnn_create_status, host_cudnn_question_status, host_cudnn_convolution_status;     // to be answered by these calls, until set to 0
}
