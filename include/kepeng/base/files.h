// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Whole files and paths, on top of Env.
//
// `write_file_atomically` is for small state files: after it returns, the new content survives power loss; if it fails,
// or the machine does, the file holds all of the old content or all of the new. Functions without state; thread-safe
// as long as two writers do not share a path.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <kepeng/base/bytes.h>
#include <kepeng/base/env.h>
#include <kepeng/base/fault.h>
#include <kepeng/base/result.h>

namespace kepeng {

std::string join_path(std::string_view directory, std::string_view name);
// The directory part: "a" of "a/b", "." of "b", "/" of "/b".
std::string parent_path(std::string_view path);
// The last name: "b" of "a/b".
std::string file_name(std::string_view path);

Result<bool, Fault> exists(Env& env, const std::string& path);

// The directory and those above it; what is made here is durable when it returns.
Result<Unit, Fault> make_directories(Env& env, const std::string& path);

// Writes `path`.new beside the target, syncs, renames over the target, syncs the directory.
Result<Unit, Fault> write_file_atomically(Env& env, const std::string& path, ByteView bytes);

// A file larger than `bytes_max` is FaultKind::Corruption, without being read.
Result<Bytes, Fault> read_file(Env& env, const std::string& path, std::uint64_t bytes_max);

// Removes the file if it is there, and syncs the directory.
Result<Unit, Fault> remove_file_durably(Env& env, const std::string& path);

}  // namespace kepeng
