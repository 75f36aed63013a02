// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Test vectors from the shared set, and tests that say so when it is absent.
//
// The directory is $KEPENG_SHARED, or ../shared beside the source tree. A test that needs it begins with
// KEPENG_NEED_VECTORS(): without the set the test is reported as skipped, by name.
#pragma once

#include <rapidjson/document.h>

#include <optional>
#include <string>
#include <vector>

#include <kepeng/base/bytes.h>

namespace kepeng::test {

// Absolute path of a file below the shared directory, e.g. "vectors/script/script_tests.json".
std::string shared_path(const std::string& name);
bool shared_present();
// Absolute path of a file of the source tree.
std::string source_path(const std::string& name);

// Whole files; missing ones end the test process with a message.
Bytes read_shared(const std::string& name);
std::string read_shared_text(const std::string& name);
rapidjson::Document read_shared_json(const std::string& name);
// XZ-compressed JSON lines.
std::vector<std::string> read_shared_xz_lines(const std::string& name);
// Comma-separated rows without quoting; the header row included.
std::vector<std::vector<std::string>> read_shared_csv(const std::string& name);

rapidjson::Document parse_json(const std::string& text);
Bytes unhex(const std::string& text);

}  // namespace kepeng::test

#define KEPENG_NEED_VECTORS() \
  if (!::kepeng::test::shared_present()) GTEST_SKIP() << "the shared vector sets are not here (KEPENG_SHARED)"
