package e2e

import (
	"io"
	"net"
	"sync"
	"testing"
)

// A network lies between a client and a server. While it is cut, it resets connections, those that are made then too.
type network struct {
	listener net.Listener
	server   string

	mu    sync.Mutex
	whole bool
	left  int               // bytes that the server may still send before the network is cut; negative: any number
	lines map[net.Conn]bool // to both sides
}

func newNetwork(t *testing.T, server string) *network {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &network{listener: listener, server: server, lines: map[net.Conn]bool{}}
	n.mend()
	go n.run()
	t.Cleanup(func() {
		listener.Close()
		n.cut()
	})
	return n
}

func (n *network) address() string { return n.listener.Addr().String() }

func (n *network) cut() { n.cutAfter(0) }

// cutAfter cuts the network in the midst of what the server is saying.
func (n *network) cutAfter(bytes int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.left = bytes; bytes == 0 {
		n.reset()
	}
}

func (n *network) mend() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.whole, n.left = true, -1
}

// reset is called with mu held.
func (n *network) reset() {
	n.whole = false
	for line := range n.lines {
		line.(*net.TCPConn).SetLinger(0) // so that Close sends a reset
		line.Close()
	}
	clear(n.lines)
}

func (n *network) run() {
	for {
		client, err := n.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", n.server)
		if err != nil {
			client.Close()
			continue
		}
		n.mu.Lock()
		n.lines[client], n.lines[server] = true, true
		if !n.whole {
			n.reset()
		}
		n.mu.Unlock()
		go n.carry(server, client, func(bytes int) int { return bytes })
		go n.carry(client, server, n.allow)
	}
}

// allow says how many of the bytes the server may send.
func (n *network) allow(bytes int) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.left < 0 {
		return bytes
	}
	bytes = min(bytes, n.left)
	n.left -= bytes
	return bytes
}

// exhaust cuts the network, unless it has been mended since the server was refused to say more.
func (n *network) exhaust() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.left == 0 {
		n.reset()
	}
}

func (n *network) carry(to, from net.Conn, allow func(int) int) {
	defer n.hangUp(to, from)
	buffer := make([]byte, 4096)
	for {
		read, err := from.Read(buffer)
		allowed := allow(read)
		if _, writeErr := to.Write(buffer[:allowed]); err != nil || writeErr != nil {
			return
		}
		if allowed < read {
			n.exhaust()
			return
		}
	}
}

func (n *network) hangUp(ends ...io.Closer) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, end := range ends {
		end.Close()
		delete(n.lines, end.(net.Conn))
	}
}
