"""Events, trees and tables as text for people: what every door shows, below the doors."""
