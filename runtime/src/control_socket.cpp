#include "control_socket.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace calluna::runtime {
namespace {
namespace fs = std::filesystem;

struct descriptor {
  int number = -1;
  explicit descriptor(int n) : number(n) {}
  descriptor(descriptor const&) = delete;
  descriptor& operator=(descriptor const&) = delete;
  ~descriptor() {
    if (number >= 0) ::close(number);
  }
  int release() { return std::exchange(number, -1); }
};

tl::unexpected<error> system_failure(fs::path const& path, std::string_view what, int number) {
  auto const kind = number == EACCES || number == EPERM || number == EROFS ? error_kind::refused
                                                                           : error_kind::rejected;
  return fail(kind,
              fmt::format("control socket '{}': {}: {}", path.string(), what,
                          std::generic_category().message(number)),
              false, {number, std::generic_category()});
}

tl::unexpected<error> failure(error_kind kind, fs::path const& path, std::string_view what) {
  return fail(kind, fmt::format("control socket '{}' {}", path.string(), what));
}

sockaddr_un address_of(fs::path const& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  return address;
}

/// Makes the folder if it is missing; refuses one in which another user could replace our socket.
result<void> prepare_folder(fs::path const& path) {
  auto const folder = path.parent_path();
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return system_failure(path, "its folder cannot be made", errno);
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return system_failure(path, "its folder", errno);
  if (!S_ISDIR(status.st_mode)) return failure(error_kind::invalid, path, "is not in a folder");
  bool const ours = status.st_uid == ::geteuid() || status.st_uid == 0;
  bool const open = (status.st_mode & 0002) != 0 && (status.st_mode & S_ISVTX) == 0;
  if (!ours || open)
    return failure(error_kind::refused, path, "is in a folder that another user can change");
  return {};
}

/// The process that listens at `path`; 0 if it is dead, -1 if it is alive and unknown.
pid_t listener_of(fs::path const& path) {
  descriptor const probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  auto const address = address_of(path);
  if (::connect(probe.number, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
    return errno == ECONNREFUSED || errno == ENOENT ? 0 : -1;
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(probe.number, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
  return peer.pid;
}

/// Removes what a dead process left at `path`.
result<void> clear_stale(fs::path const& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return system_failure(path, "cannot be looked at", errno);
  }
  if (!S_ISSOCK(status.st_mode))
    return failure(error_kind::rejected, path, "exists and is no socket");
  if (auto const pid = listener_of(path); pid > 0)
    return failure(error_kind::rejected, path,
                   fmt::format("is in use: process {} listens there", pid));
  else if (pid < 0)
    return failure(error_kind::rejected, path, "is in use by another process");
  if (::unlink(path.c_str()) != 0) return system_failure(path, "cannot be replaced", errno);
  return {};
}

}  // namespace

result<listening_socket> open_control_socket(fs::path const& path) {
  if (path.native().size() >= sizeof(sockaddr_un::sun_path))
    return failure(error_kind::invalid, path, "has a path longer than 107 bytes");
  if (auto folder = prepare_folder(path); !folder) return fail(std::move(folder).error());
  // Of two runtimes that start at once only one may look for a stale socket and replace it.
  descriptor const folder{::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (folder.number < 0) return system_failure(path, "its folder", errno);
  if (::flock(folder.number, LOCK_EX | LOCK_NB) != 0)
    return failure(error_kind::rejected, path, "is being opened by another process right now");
  if (auto cleared = clear_stale(path); !cleared) return fail(std::move(cleared).error());

  descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (socket.number < 0) return system_failure(path, "cannot be made", errno);
  // Linux gives the file the socket's mode: it is private from its first moment on, without a
  // change of the umask, which belongs to all threads.
  if (::fchmod(socket.number, 0600) != 0) return system_failure(path, "its mode", errno);
  auto const address = address_of(path);
  if (::bind(socket.number, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
    return system_failure(path, "cannot be bound", errno);
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || ::listen(socket.number, 16) != 0)
    return system_failure(path, "cannot be listened at", errno);
  return listening_socket{socket.release(), status.st_dev, status.st_ino};
}

void remove_control_socket(fs::path const& path, listening_socket const& socket) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return;
  if (status.st_dev == socket.device && status.st_ino == socket.inode) ::unlink(path.c_str());
}

}  // namespace calluna::runtime
