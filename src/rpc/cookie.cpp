// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <kepeng/base/hex.h>
#include <kepeng/base/random.h>
#include <kepeng/rpc/auth.h>

namespace kepeng::rpc {
namespace {

Fault fault_at(const std::filesystem::path& path, std::string_view what) {
  return {errno == ENOSPC ? FaultKind::DiskFull : FaultKind::Io,
          "Unable to " + std::string{what} + " the cookie file " + path.string() + ": " + std::strerror(errno) + "."};
}

mode_t mode_for(CookieFile::Readers readers) {
  switch (readers) {
    case CookieFile::Readers::Owner:
      break;
    case CookieFile::Readers::Group:
      return 0640;
    case CookieFile::Readers::All:
      return 0644;
  }
  return 0600;
}

// Whoever may write the directory may put another file in the cookie's place.
Result<Unit, Fault> check_directory(const std::filesystem::path& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) return Err{fault_at(directory, "look at the directory of")};
  if ((status.st_mode & S_IWOTH) == 0 || (status.st_mode & S_ISVTX) != 0) return Unit{};
  return Err{Fault{FaultKind::Config, "The directory " + directory.string() +
                                          " is writable by everybody, so the RPC cookie would not be safe there. "
                                          "Remove that permission (chmod o-w), or choose -rpccookiefile."}};
}

// Creates the file anew: never through a link, never into a file that somebody else prepared.
Result<Unit, Fault> write_new(const std::filesystem::path& path, std::string_view content, mode_t mode) {
  ::unlink(path.c_str());
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (descriptor < 0) return Err{fault_at(path, "create")};
  const bool written = ::fchmod(descriptor, mode) == 0 &&
                       ::write(descriptor, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
                       ::fsync(descriptor) == 0;
  const bool closed = ::close(descriptor) == 0;
  if (written && closed) return Unit{};
  return Err{fault_at(path, "write")};
}

std::string content_of(const std::string& password) {
  return std::string{CookieFile::kUser} + ":" + password;
}

}  // namespace

CookieFile::CookieFile(std::filesystem::path path, std::string password)
    : path_{std::move(path)}, password_{std::move(password)} {}

CookieFile::CookieFile(CookieFile&& other) noexcept
    : path_{std::exchange(other.path_, {})}, password_{std::move(other.password_)} {}

Result<CookieFile, Fault> CookieFile::create(const std::filesystem::path& path, Readers readers) {
  KP_TRY_VOID(check_directory(path.has_parent_path() ? path.parent_path() : "."));
  std::array<std::uint8_t, 32> random{};
  fill_random(random);
  std::string password = to_hex(random);
  std::filesystem::path temporary = path;
  temporary += ".tmp";
  KP_TRY_VOID(write_new(temporary, content_of(password), mode_for(readers)));
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const Fault why = fault_at(path, "put in place");
    ::unlink(temporary.c_str());
    return Err{why};
  }
  return CookieFile{path, std::move(password)};
}

CookieFile::~CookieFile() {
  if (path_.empty()) return;
  std::ifstream file{path_, std::ios::binary};
  const std::string content{std::istreambuf_iterator<char>{file}, {}};
  if (content == content_of(password_)) ::unlink(path_.c_str());
}

}  // namespace kepeng::rpc
