#include <calluna/io/direct_line.hpp>

#include <cerrno>
#include <sys/socket.h>

namespace calluna::io {

std::size_t send_now(int socket, std::string_view bytes) noexcept {
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    auto const n =
        ::send(socket, bytes.data() + taken, bytes.size() - taken, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0)
      taken += static_cast<std::size_t>(n);
    else if (errno == EAGAIN || errno == EWOULDBLOCK)
      return taken;
    else if (errno != EINTR)
      return bytes.size();
  }
  return taken;
}

}  // namespace calluna::io
