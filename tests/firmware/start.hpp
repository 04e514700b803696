// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What start.cpp offers to a program without a C library.

/// The exit status after a processor fault; a failed precondition of the library ends in one.
inline constexpr int status_of_fault = 70;

/// Prints through semihosting.
void write_text(const char* text);

/// Ends the emulator with this status.
[[noreturn]] void exit_with(int status);
