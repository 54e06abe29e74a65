package postgres

import (
	"strings"
	"testing"
)

// FuzzRefusesPasswords: a URL with anything for a password is refused, and the error does not repeat it.
func FuzzRefusesPasswords(f *testing.F) {
	for _, password := range []string{"s3cret", "12/s3cret", "12?s3cret", "12#s3cret", "s3cret%", "a@b@s3cret", "s3%63ret", "[::1]s3cret", "", ":"} {
		f.Add(password)
	}
	f.Fuzz(func(t *testing.T, password string) {
		for _, url := range []string{
			"postgres://ada:" + password + "@db.example/school", "postgres://ada@db.example/school?password=" + password,
			"postgres://ada@db.example/school?sslmode=disable&sslpassword=" + password,
		} {
			_, err := Settings(url)
			switch {
			case err == nil:
				t.Fatalf("a URL with the password %q is accepted", password)
			case len(password) > 5 && strings.Contains(err.Error(), password) && !strings.Contains(errURL.Error()+errPassword.Error(), password):
				t.Fatalf("the error repeats the password %q: %v", password, err)
			}
		}
	})
}
