#pragma once
#include <calluna/result.hpp>

#include <filesystem>
#include <sys/types.h>

namespace calluna::runtime {

/// A bound, listening Unix socket.
struct listening_socket {
  int descriptor = -1;
  /// Of the file, so that only our own is removed in the end.
  dev_t device = 0;
  ino_t inode = 0;
};

/// Binds `path` with mode 0600 and listens; errors as `control_server::listen`. The descriptor is
/// the caller's.
result<listening_socket> open_control_socket(std::filesystem::path const& path);

/// Removes the file if it is still the one of `socket`.
void remove_control_socket(std::filesystem::path const& path, listening_socket const& socket);

}  // namespace calluna::runtime
