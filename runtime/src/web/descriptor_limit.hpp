#pragma once
#include <cstddef>

namespace calluna::runtime::web {

/// Makes room for `wanted` more open files in this process, as far as the system lets it. Gives how
/// many clients there is room for: some are left for the PBXs, databases and files, which must not
/// fail because clients came.
std::size_t make_room_for_clients(std::size_t wanted);

}  // namespace calluna::runtime::web
