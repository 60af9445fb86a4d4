// The C library's functions for pipes, sockets and eventfds, for threads under control. A receiver
// happens after earlier senders, and lets other threads run while it waits. Each pipe is a channel;
// all other descriptors count as one, as the other end of a socket is not known.
#include "schedule/c_library.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

extern "C" {
ssize_t __read_chk(int descriptor, void* to, std::size_t bytes, std::size_t room);
ssize_t __recv_chk(int descriptor, void* to, std::size_t bytes, std::size_t room, int flags);
ssize_t __recvfrom_chk(int descriptor, void* to, std::size_t bytes, std::size_t room, int flags,
                       sockaddr* from, socklen_t* length);
int __poll_chk(pollfd* first, nfds_t count, int timeout, std::size_t room);
}

namespace surisim::schedule {
namespace {

// Its address stands for what poll and epoll_wait wait for.
constexpr char kAnyOfSeveral = 0;
// If all threads have been idle for a day of virtual time, the message comes from outside, so the
// thread waits for it really.
constexpr std::chrono::hours kDay{24};

// An address that both ends have in common; nullptr: it is a file, directory or device.
const void* channel_of(int descriptor) noexcept {
  struct stat about {};
  if (::fstat(descriptor, &about) != 0 || S_ISREG(about.st_mode) || S_ISDIR(about.st_mode) ||
      S_ISCHR(about.st_mode) || S_ISBLK(about.st_mode))
    return nullptr;
  static constexpr char kOthers = 0;
  if (!S_ISFIFO(about.st_mode)) return &kOthers;
  return reinterpret_cast<const void*>(about.st_ino * 2 + 1);  // odd: no object is there
}

bool is_ready(int descriptor, short events) noexcept {
  pollfd asked{descriptor, events, 0};
  return ::poll(&asked, 1, 0) != 0;
}

void wait_until_ready(int descriptor, short events, const void* channel, const void* caller) {
  if ((::fcntl(descriptor, F_GETFL) & O_NONBLOCK) != 0) return;
  while (!is_ready(descriptor, events))
    if (!block({Act::wait, channel, caller}, now() + kDay)) return;
}

// They look again whether they can continue.
void wake_waiters(const void* channel) noexcept {
  wake(channel, kAll);
  wake(&kAnyOfSeveral, kAll);
}

template <class Receive>
auto receive_message(int descriptor, int flags, const void* caller, Receive real) {
  const void* const channel = controlled() ? channel_of(descriptor) : nullptr;
  if (channel == nullptr) return real();
  point({Act::wait, channel, caller});
  if ((flags & MSG_DONTWAIT) == 0) wait_until_ready(descriptor, POLLIN, channel, caller);
  const auto result = real();
  const int error = errno;
  if (result >= 0) {
    acquire_from(channel);
    wake_waiters(channel);
  }
  errno = error;
  return result;
}

template <class Send>
auto send_message(int descriptor, int flags, const void* caller, Send real) {
  const void* const channel = controlled() ? channel_of(descriptor) : nullptr;
  if (channel == nullptr) return real();
  point({Act::wake, channel, caller});
  if ((flags & MSG_DONTWAIT) == 0) wait_until_ready(descriptor, POLLOUT, channel, caller);
  release_to(channel);
  release_to(&kAnyOfSeveral);
  const auto result = real();
  const int error = errno;
  wake_waiters(channel);
  errno = error;
  return result;
}

// `look` does not wait. `timeout` in milliseconds; negative: none.
template <class Look, class Wait>
int wait_for_several(int timeout, const void* caller, Look look, Wait wait) {
  if (!controlled()) return wait();
  const Operation operation{Act::wait, &kAnyOfSeveral, caller};
  point(operation);
  const Nanoseconds until =
      now() + (timeout < 0 ? Nanoseconds(kDay) : std::chrono::milliseconds(timeout));
  for (;;) {
    const int ready = look();
    if (ready > 0) acquire_from(&kAnyOfSeveral);
    if (ready != 0 || timeout == 0) return ready;
    if (!block(operation, until)) return timeout < 0 ? wait() : look();
  }
}

namespace called {

ssize_t read(int descriptor, void* to, std::size_t bytes) {
  return receive_message(descriptor, 0, SURISIM_CALLED_FROM,
                         [=] { return ::read(descriptor, to, bytes); });
}
ssize_t read_checked(int descriptor, void* to, std::size_t bytes, std::size_t room) {
  return receive_message(descriptor, 0, SURISIM_CALLED_FROM,
                         [=] { return ::__read_chk(descriptor, to, bytes, room); });
}
ssize_t readv(int descriptor, const iovec* to, int count) {
  return receive_message(descriptor, 0, SURISIM_CALLED_FROM,
                         [=] { return ::readv(descriptor, to, count); });
}
ssize_t recv(int descriptor, void* to, std::size_t bytes, int flags) {
  return receive_message(descriptor, flags, SURISIM_CALLED_FROM,
                         [=] { return ::recv(descriptor, to, bytes, flags); });
}
ssize_t recv_checked(int descriptor, void* to, std::size_t bytes, std::size_t room, int flags) {
  return receive_message(descriptor, flags, SURISIM_CALLED_FROM,
                         [=] { return ::__recv_chk(descriptor, to, bytes, room, flags); });
}
ssize_t recvfrom(int descriptor, void* to, std::size_t bytes, int flags, sockaddr* from,
                 socklen_t* length) {
  return receive_message(descriptor, flags, SURISIM_CALLED_FROM,
                         [=] { return ::recvfrom(descriptor, to, bytes, flags, from, length); });
}
ssize_t recvfrom_checked(int descriptor, void* to, std::size_t bytes, std::size_t room, int flags,
                         sockaddr* from, socklen_t* length) {
  return receive_message(descriptor, flags, SURISIM_CALLED_FROM, [=] {
    return ::__recvfrom_chk(descriptor, to, bytes, room, flags, from, length);
  });
}
ssize_t recvmsg(int descriptor, msghdr* message, int flags) {
  return receive_message(descriptor, flags, SURISIM_CALLED_FROM,
                         [=] { return ::recvmsg(descriptor, message, flags); });
}
int eventfd_read(int descriptor, eventfd_t* value) {
  return receive_message(descriptor, 0, SURISIM_CALLED_FROM,
                         [=] { return ::eventfd_read(descriptor, value); });
}

ssize_t write(int descriptor, const void* from, std::size_t bytes) {
  return send_message(descriptor, 0, SURISIM_CALLED_FROM,
                      [=] { return ::write(descriptor, from, bytes); });
}
ssize_t writev(int descriptor, const iovec* from, int count) {
  return send_message(descriptor, 0, SURISIM_CALLED_FROM,
                      [=] { return ::writev(descriptor, from, count); });
}
ssize_t send(int descriptor, const void* from, std::size_t bytes, int flags) {
  return send_message(descriptor, flags, SURISIM_CALLED_FROM,
                      [=] { return ::send(descriptor, from, bytes, flags); });
}
ssize_t sendto(int descriptor, const void* from, std::size_t bytes, int flags, const sockaddr* to,
               socklen_t length) {
  return send_message(descriptor, flags, SURISIM_CALLED_FROM,
                      [=] { return ::sendto(descriptor, from, bytes, flags, to, length); });
}
ssize_t sendmsg(int descriptor, const msghdr* message, int flags) {
  return send_message(descriptor, flags, SURISIM_CALLED_FROM,
                      [=] { return ::sendmsg(descriptor, message, flags); });
}
int eventfd_write(int descriptor, eventfd_t value) {
  return send_message(descriptor, 0, SURISIM_CALLED_FROM,
                      [=] { return ::eventfd_write(descriptor, value); });
}
// After close and shutdown the other end reads end-of-file.
int close(int descriptor) {
  return send_message(descriptor, MSG_DONTWAIT, SURISIM_CALLED_FROM,
                      [=] { return ::close(descriptor); });
}
int shutdown(int descriptor, int how) {
  return send_message(descriptor, MSG_DONTWAIT, SURISIM_CALLED_FROM,
                      [=] { return ::shutdown(descriptor, how); });
}

int poll(pollfd* first, nfds_t count, int timeout) {
  return wait_for_several(
      timeout, SURISIM_CALLED_FROM, [=] { return ::poll(first, count, 0); },
      [=] { return ::poll(first, count, timeout); });
}
int poll_checked(pollfd* first, nfds_t count, int timeout, std::size_t room) {
  return wait_for_several(
      timeout, SURISIM_CALLED_FROM, [=] { return ::__poll_chk(first, count, 0, room); },
      [=] { return ::__poll_chk(first, count, timeout, room); });
}
int epoll_wait(int descriptor, epoll_event* events, int most, int timeout) {
  return wait_for_several(
      timeout, SURISIM_CALLED_FROM, [=] { return ::epoll_wait(descriptor, events, most, 0); },
      [=] { return ::epoll_wait(descriptor, events, most, timeout); });
}

}  // namespace called

struct Named {
  std::string_view name;
  std::uintptr_t function;
};

}  // namespace

std::uintptr_t message_function_for(std::string_view name) {
  const auto address = [](auto* function) { return reinterpret_cast<std::uintptr_t>(function); };
  const std::array all = {
      Named{"read", address(called::read)},
      Named{"__read_chk", address(called::read_checked)},
      Named{"readv", address(called::readv)},
      Named{"recv", address(called::recv)},
      Named{"__recv_chk", address(called::recv_checked)},
      Named{"recvfrom", address(called::recvfrom)},
      Named{"__recvfrom_chk", address(called::recvfrom_checked)},
      Named{"recvmsg", address(called::recvmsg)},
      Named{"eventfd_read", address(called::eventfd_read)},
      Named{"write", address(called::write)},
      Named{"writev", address(called::writev)},
      Named{"send", address(called::send)},
      Named{"sendto", address(called::sendto)},
      Named{"sendmsg", address(called::sendmsg)},
      Named{"eventfd_write", address(called::eventfd_write)},
      Named{"close", address(called::close)},
      Named{"shutdown", address(called::shutdown)},
      Named{"poll", address(called::poll)},
      Named{"__poll_chk", address(called::poll_checked)},
      Named{"epoll_wait", address(called::epoll_wait)},
  };
  const auto* const found =
      std::find_if(all.begin(), all.end(), [name](const Named& one) { return one.name == name; });
  return found == all.end() ? 0 : found->function;
}

}  // namespace surisim::schedule
