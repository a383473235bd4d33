#pragma once
// Scans on the CPU: all kinds of kernels/scan.hpp, and the loop that runs them.
#include <tenon/kernels/cpu/scan/extremum.hpp>
#include <tenon/kernels/cpu/scan/logsumexp.hpp>
#include <tenon/kernels/cpu/scan/loop.hpp>
#include <tenon/kernels/cpu/scan/sum.hpp>
