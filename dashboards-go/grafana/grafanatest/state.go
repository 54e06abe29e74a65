package grafanatest

// These make what no request that is answered here makes.

// Provision has the dashboard come from a file.
func (s *Server) Provision(uid string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.dashboard(uid).Provisioned = true
}

// GrantByRole lets everybody of a basic role view the folder by a role of access control, which no list of the folder can take
// away.
func (s *Server) GrantByRole(folder, basic, source string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.grants["folders:"+folder] = append(s.grants["folders:"+folder], &grant{role: basic, permission: "View", source: source})
}

// AddLibraryPanel puts one into the folder.
func (s *Server) AddLibraryPanel(folder string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.panels[folder]++
}
