#include "descriptor_limit.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace calluna::runtime::web {
namespace {

/// For everything else that the runtime has open.
constexpr std::size_t left_for_others = 512;

}  // namespace

std::size_t make_room_for_clients(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::min(wanted, left_for_others);
  auto const need = static_cast<rlim_t>(wanted + left_for_others);
  if (limit.rlim_cur < need) {
    auto more = limit;
    more.rlim_cur = std::min(need, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &more) == 0) limit = more;
  }
  auto const have = static_cast<std::size_t>(limit.rlim_cur);
  auto const room = have > 2 * left_for_others ? have - left_for_others : have / 2;
  return std::min(wanted, room);
}

}  // namespace calluna::runtime::web
